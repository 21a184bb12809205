/**
 * A copy of a screen's last frame, for when nothing newer comes: a frame itself must not be kept. A browser has only a few of
 * them for a source, and gives no new one while all are in use.
 */
export class StillPicture {
  #copy: { data: Uint8Array<ArrayBuffer>; init: Omit<VideoFrameBufferInit, 'timestamp'> } | undefined;
  #taken = 0;

  /** Copies a frame, and closes it. A frame that cannot be copied leaves none. */
  async take(frame: VideoFrame): Promise<void> {
    const turn = ++this.#taken;
    // A frame that lies in the graphics card has no format of its own.
    const options: VideoFrameCopyToOptions = frame.format ? {} : { format: 'RGBX' };
    try {
      const { displayWidth, displayHeight, visibleRect } = frame;
      const data = new Uint8Array(frame.allocationSize(options));
      const layout = await frame.copyTo(data, options);
      // A newer one was begun meanwhile, or the source is gone.
      if (turn !== this.#taken) return;
      const [codedWidth, codedHeight] = [visibleRect?.width ?? displayWidth, visibleRect?.height ?? displayHeight];
      this.#copy = { data, init: { format: options.format ?? frame.format ?? 'RGBX', layout, codedWidth, codedHeight, displayWidth, displayHeight } };
    } catch {
      if (turn === this.#taken) this.#copy = undefined;
    } finally {
      frame.close();
    }
  }

  /** The copy as a frame of that time; the caller closes it. */
  at(timestamp: number): VideoFrame | undefined {
    return this.#copy && new VideoFrame(this.#copy.data, { ...this.#copy.init, timestamp });
  }

  /** The source is gone. */
  forget(): void {
    this.#taken += 1;
    this.#copy = undefined;
  }
}

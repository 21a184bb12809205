/** Asks a camera for pictures of about this width, px; one that cannot stays as it is. */
export async function askWidth(track: MediaStreamTrack, width: number): Promise<void> {
  await track.applyConstraints({ ...track.getConstraints(), width: { ideal: width }, height: { ideal: Math.round((width * 3) / 4) } }).catch(() => undefined);
}

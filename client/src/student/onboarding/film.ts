/** The bits a second of a film of the room: enough to see what is there. */
const videoBitsPerSecond = 500_000;
const types = ['video/webm;codecs=vp8', 'video/webm'];

/** Whether this browser can film as the server takes it. */
export const canFilm = (): boolean => 'MediaRecorder' in globalThis && types.some((type) => MediaRecorder.isTypeSupported(type));

/** A film that runs. */
export interface Film {
  /** What was filmed, when it ends; empty where the camera went away. */
  done: Promise<Blob>;
  stop: () => void;
}

/** Films a camera's track as WebM, without sound, until it is stopped or the track ends. */
export function film(track: MediaStreamTrack): Film {
  const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type)) ?? 'video/webm';
  const recorder = new MediaRecorder(new MediaStream([track]), { mimeType, videoBitsPerSecond });
  const parts: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  const done = new Promise<Blob>((resolve) => {
    recorder.addEventListener('stop', () => resolve(new Blob(parts, { type: 'video/webm' })));
  });
  recorder.start(1_000);
  return {
    done,
    stop: () => {
      if (recorder.state !== 'inactive') recorder.stop();
    },
  };
}

import { DeviceError } from './session/devices.js';

/** The protocol's `lookBytes`; to import it would cost the page the weight of its schemas. */
export const mostBytes = 1_000_000;
const qualities = [0.8, 0.6, 0.4];
/** A camera that shows nothing for so long is in use elsewhere, ms. */
const firstFrameMs = 8_000;

/** A JPEG of what a video shows now, at most `width` pixels wide. @throws {DeviceError} `busy` when it shows nothing. */
export async function jpegOf(video: HTMLVideoElement, width: number): Promise<Blob> {
  await shown(video);
  const scale = Math.min(1, width / video.videoWidth);
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
  for (const quality of qualities) {
    const jpeg = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
    if (jpeg && jpeg.size <= mostBytes) return jpeg;
  }
  throw new DeviceError('other');
}

/** The same of a camera's track that is not shown. */
export async function jpegOfTrack(track: MediaStreamTrack, width: number): Promise<Blob> {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  try {
    // A refusal to play is a video without a picture, which `jpegOf` tells.
    void video.play().catch(() => undefined);
    return await jpegOf(video, width);
  } finally {
    video.srcObject = null;
  }
}

function shown(video: HTMLVideoElement): Promise<void> {
  const ready = (): boolean => video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0;
  if (ready()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = (act: () => void): void => {
      clearTimeout(late);
      video.removeEventListener('loadeddata', look);
      act();
    };
    const look = (): void => {
      if (ready()) end(resolve);
    };
    const late = setTimeout(() => end(() => reject(new DeviceError('busy'))), firstFrameMs);
    video.addEventListener('loadeddata', look);
  });
}

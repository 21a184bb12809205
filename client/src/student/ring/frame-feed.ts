import type { SourceStream } from './track-ring.js';

/** MediaStreamTrackProcessor (W3C mediacapture-transform), as Chromium has it in windows; the compiler does not know it. */
type TrackProcessor = new (init: { track: MediaStreamTrack; maxBufferSize?: number }) => { readable: SourceStream };

/** The parts of a window that tell what it can do. */
export interface FeedScope {
  MediaStreamTrackProcessor?: TrackProcessor;
  VideoEncoder?: unknown;
  AudioEncoder?: unknown;
  MediaRecorder?: Pick<typeof MediaRecorder, 'isTypeSupported'>;
}

/** Sound that a busy worker may have waiting, in chunks of about 10 ms. Of pictures only the newest counts. */
const soundBuffer = 500;

/** How this browser can record by itself: frame by frame into its encoders, or with its recorder. */
export function feedOf(scope: FeedScope): 'frames' | 'recorder' | undefined {
  if (scope.MediaStreamTrackProcessor && scope.VideoEncoder && scope.AudioEncoder) return 'frames';
  return scope.MediaRecorder?.isTypeSupported('video/webm') ? 'recorder' : undefined;
}

/** A track's frames, to be given to the worker. */
export function framesOf(track: MediaStreamTrack, { MediaStreamTrackProcessor }: FeedScope): SourceStream | undefined {
  if (!MediaStreamTrackProcessor) return undefined;
  return new MediaStreamTrackProcessor({ track, ...(track.kind === 'audio' && { maxBufferSize: soundBuffer }) }).readable;
}

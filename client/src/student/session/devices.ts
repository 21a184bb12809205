import type { Surface } from './publisher.js';
import { uplinkSteps, type PictureLimit } from './encodings.js';

/** Why a device or the screen could not be had. */
export type DeviceReason = 'refused' | 'missing' | 'busy' | 'wrong-surface' | 'unsupported' | 'other';

/** A camera, microphone or screen that could not be opened. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  constructor(
    readonly reason: DeviceReason,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

/** From the names of getUserMedia's and getDisplayMedia's errors (W3C Media Capture, 10.2). */
export function deviceReason(name: string): DeviceReason {
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'SecurityError':
      return 'refused';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'other';
  }
}

/** A camera or microphone to choose from. */
export interface DeviceChoice {
  id: string;
  label: string;
}

/** The screen's track, and what kind of surface it is. */
export interface ScreenShare {
  track: MediaStreamTrack;
  surface: Surface;
}

/** What the page needs of the browser's devices; tests give their own. */
export interface Devices {
  openCamera(deviceId?: string): Promise<MediaStreamTrack>;
  openMicrophone(deviceId?: string): Promise<MediaStreamTrack>;
  /** Must be called in a click. `onlyMonitor`: a window or tab is let go again and refused with `wrong-surface`. */
  openScreen(onlyMonitor: boolean): Promise<ScreenShare>;
  list(kind: 'videoinput' | 'audioinput'): Promise<DeviceChoice[]>;
  /** Calls back when a device is plugged in or out; the result ends that. */
  onChange(changed: () => void): () => void;
}

/** What is captured: as much as the best step of the uplink sends. */
function captured(source: 'webcam' | 'screen'): PictureLimit {
  const limit = uplinkSteps[0]?.[source];
  if (!limit) throw new TypeError('the best step sends everything');
  return limit;
}

const firstTrack = async (stream: Promise<MediaStream>): Promise<MediaStreamTrack> => {
  let track: MediaStreamTrack | undefined;
  try {
    track = (await stream).getTracks()[0];
  } catch (error) {
    throw new DeviceError(deviceReason(error instanceof Error ? error.name : ''), { cause: error });
  }
  if (!track) throw new DeviceError('missing');
  return track;
};

const wanted = (deviceId: string | undefined): MediaTrackConstraints => (deviceId ? { deviceId: { exact: deviceId } } : {});

/** The real devices of this browser. */
export function browserDevices(media: MediaDevices | undefined): Devices {
  const devices = (): MediaDevices => {
    if (!media) throw new DeviceError('unsupported');
    return media;
  };
  return {
    openCamera: async (deviceId) => {
      const { width, height, maxFramerate } = captured('webcam');
      const video = {
        ...wanted(deviceId),
        width: { ideal: width },
        height: { ideal: height },
        frameRate: { ideal: maxFramerate },
      };
      const track = await firstTrack(devices().getUserMedia({ video }));
      track.contentHint = 'motion';
      return track;
    },
    openMicrophone: (deviceId) =>
      firstTrack(
        devices().getUserMedia({
          audio: {
            ...wanted(deviceId),
            channelCount: { ideal: 1 },
            // The room as it sounds: these filters take out just the quiet second voice that a reviewer needs to hear.
            noiseSuppression: false,
            echoCancellation: false,
            autoGainControl: true,
          },
        }),
      ),
    openScreen: async (onlyMonitor) => {
      const { width, height, maxFramerate } = captured('screen');
      const options: DisplayMediaStreamOptions & Record<string, unknown> = {
        video: {
          displaySurface: 'monitor',
          width: { max: width },
          height: { max: height },
          frameRate: { max: maxFramerate },
        },
        audio: false,
        monitorTypeSurfaces: 'include',
        surfaceSwitching: 'exclude',
      };
      const source = devices();
      if (!('getDisplayMedia' in source)) throw new DeviceError('unsupported');
      const track = await firstTrack(source.getDisplayMedia(options));
      const surface = surfaceOf(track);
      if (onlyMonitor && (surface === 'window' || surface === 'browser')) {
        track.stop();
        throw new DeviceError('wrong-surface');
      }
      track.contentHint = 'text';
      return { track, surface };
    },
    list: async (kind) => {
      const all = await devices().enumerateDevices();
      return all
        .filter((device) => device.kind === kind && device.deviceId)
        .map((device, index) => ({
          id: device.deviceId,
          label: device.label || `${kind === 'videoinput' ? 'Camera' : 'Microphone'} ${index + 1}`,
        }));
    },
    onChange: (changed) => {
      media?.addEventListener('devicechange', changed);
      return () => media?.removeEventListener('devicechange', changed);
    },
  };
}

/** What the browser says that a screen's track shows. */
export function surfaceOf(track: MediaStreamTrack): Surface {
  const { displaySurface } = track.getSettings();
  switch (displaySurface) {
    case 'monitor':
    case 'window':
    case 'browser':
      return displaySurface;
    case undefined:
    default:
      return 'unknown';
  }
}

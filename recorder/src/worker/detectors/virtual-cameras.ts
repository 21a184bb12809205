/**
 * Parts of the names of cameras that show what a program draws or plays, in lower case. Not in the list: programs that only change
 * a real camera's picture (NVIDIA Broadcast, Windows' own effects), and a phone or a photo camera that
 * is used as a webcam (DroidCam, Camo, Iriun, EpocCam, iVCam, EOS Webcam Utility). A camera that was given another name is not found.
 */
const names = [
  // Most call themselves so: OBS, Streamlabs, ManyCam, Animaze, AlterCam, Ecamm Live, Wirecast.
  'virtual camera',
  'virtual webcam',
  'virtualcam',
  // OBS' plugins before it had one of its own.
  'obs-camera',
  'obs cam',
  'manycam',
  'snap camera',
  'xsplit',
  'mmhmm',
  'sparkocam',
  'splitcam',
  'webcammax',
  'e2esoft vcam',
  'camtwist',
  'avatarify',
  'vseeface',
  'unity video capture',
  'ndi webcam',
  'newtek ndi',
  'vmix video',
  // v4l2loopback, where nobody gave it a name, and its driver.
  'dummy video device',
  'v4l2loopback',
];

/** Windows adds this to every camera that comes from a program, a phone's as well. */
const windowsMark = /\(windows virtual camera\)/g;

/** Whether a camera's label names one that a program makes. */
export function isVirtualCamera(label: string): boolean {
  const text = label.toLowerCase().replace(windowsMark, '').replace(/\s+/g, ' ');
  return names.some((name) => text.includes(name));
}

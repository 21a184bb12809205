import { stripCells } from './picture-code.js';
import type { CaptureTruth } from './capture-truth.js';

/**
 * Firefox plays no files as its fake devices. Here the page's own canvases take the place of camera and screen; from the
 * encoder on, all is real. The sound is Firefox's own fake one, a steady tone without a clock: its AudioContext, which could
 * make one, does not run on a machine without a sound device. Runs in the page before its own scripts.
 */
function replaceDevices(cells: (value: number) => number[]): void {
  const truth: CaptureTruth = { webcam: [], screen: [], microphone: [] };
  Object.assign(globalThis, { vigilTruth: () => truth });
  // Firefox ends the tracks of a canvas's stream that nobody holds.
  const kept: MediaStream[] = [];

  const picture = (kind: 'webcam' | 'screen', width: number, height: number, fps: number): MediaStreamTrack => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const pen = canvas.getContext('2d')!;
    const notes: CaptureTruth['webcam'][number] = [];
    truth[kind].push(notes);
    const draw = (): void => {
      const atMs = Date.now();
      const code = atMs % 2 ** 24;
      pen.fillStyle = '#678';
      pen.fillRect(0, height / 6, width, height);
      for (const [i, cell] of cells(code).entries()) {
        pen.fillStyle = cell ? '#fff' : '#000';
        pen.fillRect(((i % 20) * width) / 20, (Math.floor(i / 20) * height) / 12, width / 20, height / 12);
      }
      notes.push({ atMs, code });
    };
    draw();
    const stream = canvas.captureStream();
    kept.push(stream);
    setInterval(draw, 1000 / fps);
    return stream.getVideoTracks()[0]!;
  };

  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) =>
    constraints?.video ? new MediaStream([picture('webcam', 320, 240, 10)]) : open(constraints);
  devices.getDisplayMedia = () => Promise.resolve(new MediaStream([picture('screen', 1280, 720, 5)]));
}

/** The script that puts synthetic devices into a page; `vigilTruth()` in the page then tells what they gave. */
export const syntheticDevices = (): string => `(${replaceDevices.toString()})(${stripCells.toString()})`;

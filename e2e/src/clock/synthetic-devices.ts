import { stripCells } from './picture-code.js';
import { burstSeconds, tonesOf } from './sound-code.js';
import type { CaptureTruth } from './capture-truth.js';

/**
 * Firefox plays no files as its fake devices. Here the page's own canvases and sound generator take the place of camera,
 * microphone and screen; from the encoder on, all is real. Runs in the page before its own scripts.
 */
function replaceDevices(cells: (value: number) => number[], tones: (readonly [number, number])[], seconds: number): void {
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

  const sound = (): MediaStreamTrack => {
    const context = new AudioContext();
    const out = context.createMediaStreamDestination();
    const notes: CaptureTruth['microphone'][number] = [];
    truth.microphone.push(notes);
    let last = Math.ceil(Date.now() / 1000);
    setInterval(() => {
      const second = Math.ceil(Date.now() / 1000 + 0.3);
      if (second <= last || context.state !== 'running') return;
      last = second;
      const startAt = context.currentTime + second - Date.now() / 1000;
      const gain = context.createGain();
      gain.gain.setValueAtTime(0, startAt);
      gain.gain.linearRampToValueAtTime(0.25, startAt + 0.004);
      gain.gain.setValueAtTime(0.25, startAt + seconds - 0.004);
      gain.gain.linearRampToValueAtTime(0, startAt + seconds);
      gain.connect(out);
      for (const frequency of tones[second % 16]!) {
        const tone = new OscillatorNode(context, { frequency });
        tone.connect(gain);
        tone.start(startAt);
        tone.stop(startAt + seconds);
      }
      notes.push({ atMs: second * 1000, code: second % 16 });
    }, 100);
    return out.stream.getAudioTracks()[0]!;
  };

  const devices = navigator.mediaDevices;
  devices.getUserMedia = (constraints) =>
    Promise.resolve(
      new MediaStream([
        ...(constraints?.video ? [picture('webcam', 320, 240, 10)] : []),
        ...(constraints?.audio ? [sound()] : []),
      ]),
    );
  devices.getDisplayMedia = () => Promise.resolve(new MediaStream([picture('screen', 1280, 720, 5)]));
}

/** The script that puts synthetic devices into a page; `vigilTruth()` in the page then tells what they gave. */
export function syntheticDevices(): string {
  const tones = JSON.stringify(Array.from({ length: 16 }, (_, symbol) => tonesOf(symbol)));
  return `(${replaceDevices.toString()})(${stripCells.toString()}, ${tones}, ${burstSeconds})`;
}

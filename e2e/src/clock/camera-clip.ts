import { run } from '../support/run.js';
import { stripCells, stripColumns, stripRows } from './picture-code.js';
import type { Scene } from './scenes.js';

/** Chromium plays a Motion JPEG file at this rate, whatever it was made with. */
export const cameraFps = 30;
const width = 640;
const height = 480;

/**
 * Makes the fake camera's film: the scenes below a strip that tells the frame's number. In black scenes all is black,
 * the strip as well, as a covered camera would have it.
 */
export async function makeCameraClip(file: string, list: readonly Scene[]): Promise<void> {
  const frames = list.reduce((sum, { seconds }) => sum + seconds, 0) * cameraFps;
  const strip = new Uint8Array(frames * stripColumns * stripRows);
  for (let frame = 0; frame < frames; frame += 1)
    strip.set(stripCells(frame).map((cell) => (cell ? 225 : 25)), frame * stripColumns * stripRows);
  const strips = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${stripColumns}x${stripRows}`, '-r', `${cameraFps}`, '-i', 'pipe:0'];
  const inputs = list.flatMap(({ seconds, picture }) => {
    if (picture === 'black') return ['-f', 'lavfi', '-t', `${seconds}`, '-i', `color=black:s=${width}x${height}:r=${cameraFps}`];
    if (picture === 'drawing') return ['-f', 'lavfi', '-t', `${seconds}`, '-i', `testsrc2=s=${width}x${height}:r=${cameraFps}`];
    return ['-ss', `${picture.from}`, '-t', `${seconds}`, '-i', picture.file];
  });
  const below = height - height / 6;
  const parts = list.map(({ seconds, picture }, i) => {
    const fitted =
      picture === 'black'
        ? ''
        : `scale=${width}:${below}:force_original_aspect_ratio=decrease,pad=${width}:${height}:(ow-iw)/2:${height / 6}:0x404040,`;
    // A film that is a frame short would shift all scenes after it.
    return `[${i + 1}:v]${fitted}setsar=1,fps=${cameraFps},tpad=stop_mode=clone:stop_duration=1,trim=duration=${seconds},setpts=PTS-STARTPTS,format=yuvj420p[s${i}]`;
  });
  let at = 0;
  const bare = list.flatMap(({ seconds, picture, bare: without }) => {
    const from = at * cameraFps;
    at += seconds;
    return picture === 'black' || without ? [`between(n,${from},${at * cameraFps - 1})`] : [];
  });
  const graph = [
    ...parts,
    `${list.map((_, i) => `[s${i}]`).join('')}concat=n=${list.length}:v=1[film]`,
    `[0:v]scale=${width}:${height / 6}:flags=neighbor,format=yuvj420p[strip]`,
    `[film][strip]overlay=0:0:enable='not(${bare.join('+') || '0'})'[out]`,
  ].join(';');
  await run('ffmpeg', [
    '-v', 'error', '-y', ...strips, ...inputs, '-filter_complex', graph, '-map', '[out]', '-frames:v', `${frames}`,
    '-c:v', 'mjpeg', '-q:v', '6', '-f', 'mjpeg', file,
  ], { input: strip, timeoutMs: 300_000 }); // prettier-ignore
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCameraClip } from '../clock/camera-clip.js';
import { truthSet } from '../clock/scenes.js';
import { makeSoundClip } from '../clock/sound-clip.js';
import { runThinLine, type ThinLine } from '../thin-line/run-thin-line.js';

/**
 * `npm run e2e -- thin-line [kbps …]`: an exam without a limit, and over lines of 300, 200, 150 and 100 kbit/s; what was recorded, what
 * came later, what can be read. Exit status 0 only when the default profile takes at most 200 kbit/s, 98 % of the letters are
 * read right, and nothing is missing at 100 kbit/s.
 */
const chosen: (number | null)[] = process.argv.length > 2 ? process.argv.slice(2).map((word) => (word === 'default' ? null : Number(word))) : [null, 300, 200, 150, 100];
const startedAt = Date.now();
const say = (line: string): void => console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${line}`);

const folder = await mkdtemp(join(tmpdir(), 'vigil-thin-'));
const [camera, microphone] = [join(folder, 'camera.mjpeg'), join(folder, 'microphone.wav')];
const media = truthSet();
// A face all the time: one person, the film again and again.
const scenes = Array.from({ length: 4 }, () => ({ seconds: 40, picture: media ? { file: `${media}/clips/normal.mp4`, from: 0 } : ('drawing' as const) }));
await makeCameraClip(camera, scenes);
await makeSoundClip(microphone, 160, []);
const rows: ThinLine[] = [];
let failed = false;
for (const kbps of chosen) {
  say(`── ${kbps === null ? 'no limit' : `${kbps} kbit/s`}`);
  try {
    rows.push(await runThinLine(kbps, { camera, microphone, faces: media !== undefined }, say));
  } catch (error) {
    failed = true;
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
await rm(folder, { recursive: true, force: true });

const percent = (share: number | null): string => (share === null ? 'skipped' : `${(100 * share).toFixed(1)} %`);
console.log('\n  line        sent        live   later  missing  sent after  letters right (page)  faces found');
for (const row of rows)
  console.log(
    `  ${(row.kbps === null ? 'no limit' : `${row.kbps} kbit/s`).padEnd(10)}  ${`${Math.round(row.sentKbps)} kbit/s`.padEnd(10)}  ${`${row.liveSeconds} s`.padEnd(5)}  ${`${row.laterSeconds} s`.padEnd(5)}  ${`${row.missingSeconds} s`.padEnd(7)}  ${`${row.sendingSeconds.toFixed(0)} s`.padEnd(10)}  ${percent(row.ocr)} (${percent(row.ocrOfPage)})${' '.repeat(6)}${percent(row.facesFound)}${row.kbps === null && media === undefined ? ': no truth set' : ''}`,
  );
for (const { kbps, where } of rows) if (where) console.log(`  ${kbps ?? 'no limit'}: missing: ${where}`);
for (const { kbps, steps } of rows) for (const step of steps) console.log(`  ${kbps ?? 'no limit'}: ${step}`);

const find = (kbps: number | null): ThinLine | undefined => rows.find((row) => row.kbps === kbps);
const [normal, thinnest] = [find(null), find(100)];
const summary = {
  defaultKbps: normal ? Math.round(normal.sentKbps) : null,
  ocr: normal ? Number(normal.ocr.toFixed(4)) : null,
  missingSecondsAt100kbps: thinnest?.missingSeconds ?? null,
  facesFoundShare: rows.length && rows.every(({ facesFound }) => facesFound !== null) ? Number(Math.min(...rows.map(({ facesFound }) => facesFound ?? 0)).toFixed(4)) : null,
};
console.log(JSON.stringify(summary));
const holds = !failed && (!normal || (normal.sentKbps <= 200 && normal.ocr >= 0.98)) && (!thinnest || thinnest.missingSeconds === 0);
process.exitCode = holds ? 0 : 1;

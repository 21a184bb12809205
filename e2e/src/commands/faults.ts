import { makeClips } from '../clock/clips.js';
import { faults } from '../faults/faults.js';
import { type FaultResult, runFault } from '../faults/run-fault.js';

/**
 * `npm run e2e -- faults [name …] [--short]`: one exam for each fault, through the real product; then compares what the
 * browser captured with what is in the record. Exit status 0 only when no second is missing anywhere, and the student was told.
 */
const short = process.argv.includes('--short');
const names = process.argv.slice(2).filter((name) => name !== '--short');
const unknown = names.filter((name) => !faults.some((fault) => fault.name === name));
if (unknown.length) {
  console.error(`There is no fault '${unknown.join(', ')}'. There are: ${faults.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const chosen = faults.filter(({ name }) => (names.length ? names.includes(name) : !short || ['server-killed', 'cut-30s', 'killed-offline'].includes(name)));

const startedAt = Date.now();
const say = (line: string): void => console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${line}`);
const clips = await makeClips(true);
const results: { name: string; title: string; result?: FaultResult; error?: string; unseen: boolean }[] = [];
for (const fault of chosen) {
  say(`── ${fault.title}`);
  const row = { name: fault.name, title: fault.title, unseen: fault.unseen ?? false };
  try {
    results.push({ ...row, result: await runFault(fault, clips, say) });
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    results.push({ ...row, error: error instanceof Error ? error.message.split('\n')[0]! : String(error) });
  }
}
await clips.stop();

const columns = ['fault', 'webcam', 'sound', 'screen', 'seen', 'back after', 'came later', 'record'] as const;
const rows = results.map(({ title, result, error }) =>
  result
    ? [title, `${result.missing.webcam} s`, `${result.missing.microphone} s`, `${result.missing.screen} s`, result.seen.length ? 'yes' : 'no', `${result.recoverySeconds.toFixed(1)} s`, `${result.laterSeconds} s`, result.evidence]
    : [title, 'FAILED', '', '', '', '', '', error ?? ''],
); // prettier-ignore
const widths = columns.map((column, i) => Math.max(column.length, ...rows.map((row) => (i === 7 ? 0 : row[i]!.length))));
console.log('\nSeconds that the browser captured and that are not in the record:');
for (const row of [columns, ...rows]) console.log(`  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ').trimEnd()}`);
for (const { title, result } of results) if (result?.seen.length) console.log(`  ${title}: the page said ${result.seen.join(', ')}`);
for (const { title, result } of results) if (result?.where) console.log(`  ${title}: ${result.where}`);

const most = Math.max(0, ...results.map(({ result }) => (result ? Math.max(...Object.values(result.missing)) : Infinity)));
const told = results.every(({ result, unseen }) => unseen || result?.seen.length);
const holds = most === 0 && told && results.length > 0;
console.log(
  JSON.stringify({ maxMissingSeconds: Number.isFinite(most) ? most : null, holds, rows: Object.fromEntries(results.map(({ name, result, error }) => [name, result ?? { error }])) }),
);
process.exitCode = holds ? 0 : 1;

/**
 * `node recorder/dist/worker/analyse.js <file.webm> [--track webcam|screen]`: prints what the detectors find in one file.
 * No database, nothing is written.
 */
import { parseArgs } from 'node:util';
import { Track } from '@vigil/protocol';
import { loadDetectors } from './detectors/all.js';
import { judge } from './judge.js';
import { measureFile } from './measure.js';
import { probe } from './media/probe.js';
import { StripMaker } from './media/strip.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { track: { type: 'string', default: 'webcam' } } });
const track = Track.safeParse(values.track);
const [file] = positionals;

if (!file || !track.success) {
  console.error('Usage: node recorder/dist/worker/analyse.js <file.webm> [--track webcam|screen]');
  process.exitCode = 2;
} else
  try {
    const detectors = await loadDetectors();
    const started = performance.now();
    const source = await probe(file);
    const strip = new StripMaker();
    const measured = await measureFile({ ...source, file, track: track.data }, detectors, {}, undefined, strip);
    const { pictures } = await strip.finish('');
    const observations = judge([{ track: track.data, startMs: 0, measured }], detectors);
    const seconds = (ms: number): string => (ms / 1_000).toFixed(2);
    console.table(
      observations.map(({ kind, startMs, endMs, confidence, detector }) => ({
        kind,
        'from (s)': seconds(startMs),
        'to (s)': seconds(endMs),
        confidence: confidence.toFixed(2),
        detector: `${detector.name} ${detector.version}`,
        model: detector.model,
      })),
    );
    const tookMs = performance.now() - started;
    console.log(`${observations.length} findings in ${seconds(source.durationMs)} s of recording; took ${seconds(tookMs)} s.`);
    console.log(`Of that, thumbnails (${pictures?.length ?? 0} bytes) and waveform took ${seconds(strip.tookMs)} s, ${((100 * strip.tookMs) / tookMs).toFixed(1)} %.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }

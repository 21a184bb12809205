import type { AttemptTimeline, Source } from '@vigil/protocol';
import type { CaptureTruth } from '../clock/capture-truth.js';
import { apart, burstTimes, compare, match, missingSeconds, type Span, unmarked } from './compare.js';
import { type Found, checkFindings } from './findings.js';
import { type Recording, soundOf } from './recording.js';
import { type Line, ms } from './report.js';
import type { Playing } from './review.js';
import type { TruthEvent } from './truth-events.js';

/** Webcam, screen and sound may be apart by this much, ms (DESIGN 4). */
const stepLimitMs = 100;
/** The record's clock may differ from the browser's by this much, ms: both run on this machine. */
const shiftLimitMs = 300;

/** Judges presence and time: each second of each source is there or marked, and all are in step. */
export function judgeRecording(recording: Recording, truth: CaptureTruth, timeline: AttemptTimeline, lossy: boolean): Line[] {
  const window = { fromMs: timeline.startMs, toMs: timeline.endMs };
  const webcam = recording.webcam.flatMap(({ frames }) => frames);
  const screen = recording.screen.flatMap(({ frames }) => frames);
  const { bursts, loud } = soundOf(recording.webcam);
  const comparisons = {
    webcam: compare(webcam, truth.webcam.flat()),
    microphone: compare(bursts, truth.microphone.flat()),
    screen: compare(screen, truth.screen.flat()),
  };
  const times = (list: readonly { atMs: number }[]): number[] => list.map(({ atMs }) => atMs);
  const heard = match(bursts, truth.microphone.flat());
  const seconds = Math.floor((window.toMs - window.fromMs) / 1000);
  // Without bursts the sound is a steady tone, from begin to end.
  const steady = Array.from({ length: seconds * 4 }, (_, i) => window.fromMs + i * 250);
  const presence = (source: Source, recorded: readonly number[], captured: readonly number[]): Line => {
    const missing = missingSeconds(recorded, captured, window);
    const silent = unmarked(missing, timeline.tracks.flatMap((track) => track.gaps), source);
    const where = missing.map((second) => Math.round((second - window.fromMs) / 1000)).join(', ');
    return {
      what: `${source}: every second`,
      measured: `${missing.length} of ${seconds} missing${missing.length ? ` (at ${where} s; ${silent.length} not marked as a gap)` : ''}`,
      holds: recorded.length > 0 && captured.length > 0 && (lossy ? silent.length === 0 : missing.length === 0),
    };
  };
  const sound = truth.microphone.length
    ? presence('microphone', burstTimes(heard, window), burstTimes(truth.microphone.flat(), window))
    : presence('microphone', loud, steady);
  const distance = apart(Object.values(comparisons));
  return [
    presence('webcam', times(webcam), times(truth.webcam.flat())),
    sound,
    presence('screen', times(screen), times(truth.screen.flat())),
    ...Object.entries(comparisons).map(([source, { count, matched, shiftMs, spreadMs }]): Line => {
      if (source === 'microphone' && !truth.microphone.length) return { what: `${source}: clock`, measured: 'none in this browser’s sound' };
      const measured = `${matched} of ${count} codes known, ${ms(shiftMs)} after the browser’s notes, ± ${ms(spreadMs)}`;
      return { what: `${source}: clock`, measured, holds: matched > 0 && Math.abs(shiftMs) <= shiftLimitMs };
    }),
    { what: 'picture, sound and screen in step', measured: `${ms(distance)} apart at most, in windows of 10 s`, holds: distance <= stepLimitMs },
  ]; // prettier-ignore
}

/** Judges the findings against the truth. `faces`: there are real clips, so that faces are judged. */
export function judgeFindings(truth: readonly TruthEvent[], found: readonly Found[], startMs: number, faces: boolean): Line[] {
  const time = (span: Span | undefined): string =>
    span ? `${((span.fromMs - startMs) / 1000).toFixed(1)}–${((span.toMs - startMs) / 1000).toFixed(1)} s` : 'nothing';
  const judged = found.filter(({ kind }) => faces || !kind.startsWith('face'));
  return [
    ...checkFindings(truth, judged).map((check): Line => ({
      what: `finding ${check.kind}`,
      measured: `truth ${time(check.truth)}, found ${time(check.found)}`,
      holds: check.holds,
    })),
    ...(faces ? [] : [{ what: 'findings about faces', measured: 'no truth set' }]),
  ];
}

/** Judges what the review page showed. */
export function judgePlaying(playings: readonly Playing[], errors: readonly string[]): Line[] {
  return [
    ...playings.map(({ name, webcam, screen, stepMs }): Line => ({
      what: `review ${name}`,
      measured: `webcam ${webcam.frames} frames, ${ms(webcam.offMs)} off; screen ${screen.frames} frames, ${ms(screen.offMs)} off; ${ms(stepMs)} apart`,
      holds:
        webcam.frames >= 10 && screen.frames >= 5 && stepMs <= stepLimitMs &&
        Math.abs(webcam.offMs) <= shiftLimitMs && Math.abs(screen.offMs) <= shiftLimitMs,
    })),
    { what: 'review: errors in the console', measured: errors.join('; ') || 'none', holds: errors.length === 0 },
  ]; // prettier-ignore
}

import type { AttemptEvent, Gap, SegmentDocument } from '@vigil/protocol';
import { describe, expect, test } from 'vitest';
import type { Coverage } from './gaps.js';
import { gapsOf, missingBySource, missingSeconds } from './gaps.js';

type Segment = Coverage['segments'][number];
const video = { codec: 'vp8' as const, width: 320, height: 240, frames: 1 };
const audio = { codec: 'opus' as const, frames: 1 };

const webcam = (startMs: number, endMs: number, extra: Partial<SegmentDocument> = {}): Segment => ({
  track: 'webcam',
  startMs,
  durationMs: endMs - startMs,
  video,
  audio,
  gaps: [],
  closedBy: 'deadline',
  ...extra,
});
const screen = (startMs: number, endMs: number): Segment => ({
  track: 'screen',
  startMs,
  durationMs: endMs - startMs,
  video,
  gaps: [],
  closedBy: 'deadline',
});
const on = (atMs: number, ...sources: ('webcam' | 'microphone' | 'screen')[]): AttemptEvent[] =>
  sources.map((source) => ({ atMs, kind: 'source-on', source }));
const rules = { webcam: true, microphone: true, screen: 'monitor' as const };
const window = { startMs: 0, endMs: 100_000 };
const allOn = on(0, 'webcam', 'microphone', 'screen');
const cover = (coverage: Partial<Coverage>): { webcam: Gap[]; screen: Gap[]; missing: number } => {
  const gaps = gapsOf({ window, writing: false, rules, segments: [], history: allOn, ...coverage });
  return { webcam: gaps.get('webcam')!, screen: gaps.get('screen')!, missing: missingSeconds(gaps) };
};

describe('gapsOf', () => {
  test('a whole record has none', () => {
    const segments = [webcam(0, 50_000), webcam(50_000, 100_000), screen(0, 100_000)];
    expect(cover({ segments })).toEqual({ webcam: [], screen: [], missing: 0 });
  });

  test('while the attempt was over, before it was opened again, nothing is missing; what is not there afterwards is', () => {
    const segments = [webcam(0, 40_000), webcam(61_000, 100_000), screen(0, 40_000), screen(70_000, 100_000)];
    const history: AttemptEvent[] = [
      ...allOn,
      { atMs: 40_000, kind: 'submitted' },
      { atMs: 50_000, kind: 'reopened' },
      { atMs: 60_000, kind: 'resumed' },
      ...on(61_000, 'webcam', 'microphone'),
      ...on(70_000, 'screen'),
    ];
    const pauses = [{ startMs: 40_000, endMs: 60_000 }];
    const { screen: ofScreen, missing } = cover({ segments, history, pauses });
    expect(ofScreen).toEqual([
      { source: 'screen', startMs: 40_000, endMs: 60_000, cause: 'finished' },
      { source: 'screen', startMs: 60_000, endMs: 70_000, cause: 'not-published' },
    ]);
    expect(missing).toBe(10);
    expect(missingBySource(gapsOf({ window, pauses, writing: false, rules, segments, history }))).toEqual({ webcam: 1, microphone: 1, screen: 10 });
  });

  test('a hole below 500 ms is none, one of 500 ms is', () => {
    const segments = [webcam(0, 50_000), webcam(50_499, 99_501), screen(0, 40_000), screen(40_500, 100_000)];
    const { webcam: ofWebcam, screen: ofScreen } = cover({ segments });
    expect(ofWebcam).toEqual([]);
    expect(ofScreen).toEqual([{ source: 'screen', startMs: 40_000, endMs: 40_500, cause: 'unknown' }]);
  });

  test('overlapping segments and segments outside of the window make no gap', () => {
    const segments = [webcam(-5_000, 60_000), webcam(50_000, 120_000), webcam(200_000, 210_000), screen(-1, 100_001)];
    expect(cover({ segments }).missing).toBe(0);
  });

  test('a source that was never published is missing for the whole window', () => {
    const { screen: ofScreen, missing } = cover({
      segments: [webcam(0, 100_000)],
      history: on(0, 'webcam', 'microphone'),
    });
    expect(ofScreen).toEqual([{ source: 'screen', ...window, cause: 'not-published' }]);
    expect(missing).toBe(100);
  });

  test('what the browser did not keep of an outage whose beginning it kept is not the server’s doing, once it has said so', () => {
    const segments = [webcam(0, 40_000), webcam(40_000, 50_000, { closedBy: 'backfill' }), webcam(80_000, 100_000), screen(0, 40_000), screen(80_000, 100_000)];
    const history = [...allOn, { atMs: 40_000, kind: 'interrupted', cause: 'server' }, { atMs: 79_000, kind: 'resumed' }, ...on(80_000, 'webcam', 'microphone', 'screen')] as AttemptEvent[];
    const causes = (allSent: boolean) => {
      const { webcam: ofWebcam, screen: ofScreen } = cover({ segments, history, allSent });
      return [ofWebcam, ofScreen].map((gaps) => gaps.map(({ source, startMs, cause }) => `${source} ${startMs} ${cause}`));
    };
    expect(causes(true)).toEqual([['webcam 50000 not-kept', 'microphone 50000 not-kept'], ['screen 40000 server']]);
    expect(causes(false)).toEqual([['webcam 50000 server', 'microphone 50000 server'], ['screen 40000 server']]);
  });

  test('what the exam does not ask for is no gap', () => {
    const gaps = gapsOf({
      window,
      writing: false,
      rules: { webcam: false, microphone: true, screen: 'off' },
      segments: [{ track: 'webcam', startMs: 0, durationMs: 100_000, audio, gaps: [], closedBy: 'end' }],
      history: on(0, 'microphone'),
    });
    expect([...gaps]).toEqual([['webcam', []]]);
  });

  test('a lost connection is the cause of the whole hole, though it is noticed late and back early', () => {
    const { webcam: ofWebcam, missing } = cover({
      segments: [webcam(0, 40_000), webcam(61_000, 100_000), screen(0, 40_000), screen(61_000, 100_000)],
      history: [
        ...allOn,
        { atMs: 48_000, kind: 'interrupted', cause: 'connection' },
        { atMs: 59_000, kind: 'resumed' },
        ...on(60_000, 'webcam', 'microphone', 'screen'),
      ],
    });
    expect(ofWebcam).toEqual([
      { source: 'webcam', startMs: 40_000, endMs: 61_000, cause: 'connection' },
      { source: 'microphone', startMs: 40_000, endMs: 61_000, cause: 'connection' },
    ]);
    expect(missing).toBe(21);
  });

  test('one hole with two causes is told apart', () => {
    const { screen: ofScreen } = cover({
      segments: [webcam(0, 100_000), screen(0, 20_000), screen(80_000, 100_000)],
      history: [
        ...allOn,
        { atMs: 20_000, kind: 'interrupted', cause: 'server' },
        { atMs: 30_000, kind: 'resumed' },
        { atMs: 31_000, kind: 'source-off', source: 'screen', cause: 'muted' },
        ...on(80_000, 'screen'),
      ],
    });
    expect(ofScreen).toEqual([
      { source: 'screen', startMs: 20_000, endMs: 31_000, cause: 'server' },
      { source: 'screen', startMs: 31_000, endMs: 80_000, cause: 'muted' },
    ]);
  });

  describe('after an interruption', () => {
    const closed: AttemptEvent = { atMs: 20_000, kind: 'interrupted', cause: 'page-closed' };
    const resumed: AttemptEvent = { atMs: 22_000, kind: 'resumed' };

    test('a source that comes back by itself is missing because of the interruption, one that does not is not sent', () => {
      const { webcam: ofWebcam, screen: ofScreen } = cover({
        segments: [webcam(0, 20_000), webcam(25_000, 100_000), screen(0, 20_000), screen(61_000, 100_000)],
        history: [...allOn, closed, resumed, ...on(24_000, 'webcam', 'microphone'), ...on(60_000, 'screen')],
      });
      expect(ofWebcam).toEqual([
        { source: 'webcam', startMs: 20_000, endMs: 25_000, cause: 'page-closed' },
        { source: 'microphone', startMs: 20_000, endMs: 25_000, cause: 'page-closed' },
      ]);
      expect(ofScreen).toEqual([
        { source: 'screen', startMs: 20_000, endMs: 22_000, cause: 'page-closed' },
        { source: 'screen', startMs: 22_000, endMs: 61_000, cause: 'not-published' },
      ]);
    });

    test('so does one that never comes back, also while it is recorded', () => {
      const { screen: ofScreen } = cover({
        segments: [webcam(0, 20_000), webcam(23_000, 100_000), screen(0, 20_000)],
        writing: true,
        history: [...allOn, closed, resumed, ...on(23_000, 'webcam', 'microphone')],
      });
      expect(ofScreen.map(({ startMs, endMs, cause }) => [startMs, endMs, cause])).toEqual([
        [20_000, 22_000, 'page-closed'],
        [22_000, 100_000, 'not-published'],
      ]);
    });

    test('what has just resumed has a few seconds', () => {
      const { screen: ofScreen } = cover({
        window: { startMs: 0, endMs: 25_000 },
        segments: [webcam(0, 25_000), screen(0, 20_000)],
        writing: true,
        history: [...allOn, closed, resumed],
      });
      expect(ofScreen).toEqual([{ source: 'screen', startMs: 20_000, endMs: 25_000, cause: 'page-closed' }]);
    });

    test('the next interruption follows with its own cause', () => {
      const { screen: ofScreen } = cover({
        segments: [webcam(0, 100_000), screen(0, 20_000)],
        history: [...allOn, closed, resumed, { atMs: 24_000, kind: 'interrupted', cause: 'taken-over' }, { atMs: 25_000, kind: 'resumed' }],
      });
      expect(ofScreen.map(({ startMs, endMs, cause }) => [startMs, endMs, cause])).toEqual([
        [20_000, 24_000, 'page-closed'],
        [24_000, 25_000, 'taken-over'],
        [25_000, 100_000, 'not-published'],
      ]);
    });
  });

  test('the seconds in which anything is missing are never more than there are; each source has its own', () => {
    const gaps = gapsOf({ window, writing: false, rules, segments: [webcam(0, 60_000), screen(30_000, 100_000)], history: allOn });
    expect(missingSeconds(gaps)).toBe(70);
    expect(missingBySource(gaps)).toEqual({ webcam: 40, microphone: 40, screen: 30 });
  });

  test('events of another source do not name a gap', () => {
    const { webcam: ofWebcam } = cover({
      segments: [webcam(0, 40_000), webcam(50_000, 100_000), screen(0, 100_000)],
      history: [...allOn, { atMs: 40_000, kind: 'source-off', source: 'screen', cause: 'muted' }],
    });
    expect(ofWebcam.map(({ cause }) => cause)).toEqual(['unknown', 'unknown']);
  });

  test('a full disk ends with the state from before', () => {
    const { screen: ofScreen } = cover({
      segments: [webcam(0, 100_000), screen(0, 20_000), screen(50_000, 100_000)],
      history: [...allOn, { atMs: 20_500, kind: 'disk-full' }, { atMs: 49_000, kind: 'disk-ok' }],
    });
    expect(ofScreen).toEqual([{ source: 'screen', startMs: 20_000, endMs: 50_000, cause: 'disk' }]);
  });

  test('gaps inside segments are kept, cut to the window, and not found twice', () => {
    const noted: Gap[] = [
      { source: 'microphone', startMs: 10_000, endMs: 50_000, cause: 'muted' },
      { source: 'webcam', startMs: 99_000, endMs: 101_000, cause: 'packet-loss' },
    ];
    const silent: Segment = { track: 'webcam', startMs: 0, durationMs: 50_000, video, gaps: noted, closedBy: 'end' };
    const { webcam: ofWebcam } = cover({ segments: [silent, webcam(50_000, 100_000), screen(0, 100_000)] });
    expect(ofWebcam).toEqual([
      { source: 'microphone', startMs: 0, endMs: 10_000, cause: 'unknown' },
      { source: 'microphone', startMs: 10_000, endMs: 50_000, cause: 'muted' },
      { source: 'webcam', startMs: 99_000, endMs: 100_000, cause: 'packet-loss' },
    ]);
  });

  describe('what came later', () => {
    const lost: Gap = { source: 'webcam', startMs: 20_000, endMs: 40_000, cause: 'packet-loss' };
    const inside = (...gaps: Gap[]): Segment => webcam(20_000, 40_000, { closedBy: 'backfill', gaps });
    const ofWebcam = (...segments: Segment[]) => cover({ segments: [...segments, screen(0, 100_000)] }).webcam;

    test('fills holes between segments and inside them', () => {
      expect(ofWebcam(webcam(0, 100_000, { gaps: [lost] }), inside())).toEqual([]);
      expect(ofWebcam(webcam(0, 20_000), inside(), webcam(40_000, 100_000))).toEqual([]);
    });

    test('does not fill what it lacks itself, which keeps its cause', () => {
      const own: Gap = { source: 'webcam', startMs: 25_000, endMs: 30_000, cause: 'unknown' };
      expect(ofWebcam(webcam(0, 100_000, { gaps: [lost] }), inside(own))).toEqual([{ ...lost, startMs: 25_000, endMs: 30_000 }]);
      expect(ofWebcam(webcam(0, 20_000), inside(own), webcam(40_000, 100_000))).toEqual([own]);
    });

    test('makes no gap where the live recording, or another piece, has it', () => {
      const own: Gap = { source: 'webcam', startMs: 20_000, endMs: 40_000, cause: 'unknown' };
      expect(ofWebcam(webcam(0, 100_000), inside(own))).toEqual([]);
      expect(ofWebcam(webcam(0, 100_000, { gaps: [lost] }), inside(own), inside())).toEqual([]);
    });

    test('is silence where the microphone was switched off', () => {
      const muted: Gap = { source: 'microphone', startMs: 22_000, endMs: 30_000, cause: 'muted' };
      expect(ofWebcam(webcam(0, 100_000, { gaps: [lost, muted] }), inside())).toEqual([muted]);
      const history: AttemptEvent[] = [
        ...allOn,
        { atMs: 22_000, kind: 'source-off', source: 'microphone', cause: 'muted' },
        ...on(30_000, 'microphone'),
      ];
      expect(cover({ segments: [webcam(0, 20_000), inside(), webcam(40_000, 100_000), screen(0, 100_000)], history }).webcam).toEqual([muted]);
    });
  });

  describe('while it is recorded', () => {
    test('what is being written is no gap', () => {
      const segments = [webcam(0, 80_000), screen(0, 60_000)];
      expect(cover({ segments, writing: true }).missing).toBe(0);
    });

    test('before the first segment is closed neither', () => {
      expect(cover({ writing: true }).missing).toBe(0);
    });

    test('a source that is off is a gap until now', () => {
      const { screen: ofScreen } = cover({
        segments: [webcam(0, 100_000), screen(0, 60_000)],
        writing: true,
        history: [...allOn, { atMs: 60_000, kind: 'source-off', source: 'screen', cause: 'not-published' }],
      });
      expect(ofScreen).toEqual([{ source: 'screen', startMs: 60_000, endMs: 100_000, cause: 'not-published' }]);
    });

    test('an interruption before the open segment is a gap', () => {
      const { screen: ofScreen } = cover({
        segments: [webcam(0, 100_000), screen(0, 60_000)],
        writing: true,
        history: [...allOn, { atMs: 61_000, kind: 'interrupted', cause: 'connection' }, ...on(70_000, 'screen')],
      });
      expect(ofScreen).toEqual([{ source: 'screen', startMs: 60_000, endMs: 70_000, cause: 'connection' }]);
    });
  });

  test('an interrupted attempt is missing until now', () => {
    const { screen: ofScreen } = cover({
      segments: [webcam(0, 100_000), screen(0, 60_000)],
      writing: false,
      history: [...allOn, { atMs: 60_000, kind: 'interrupted', cause: 'server' }],
    });
    expect(ofScreen).toEqual([{ source: 'screen', startMs: 60_000, endMs: 100_000, cause: 'server' }]);
  });

  test('an empty window has no gaps', () => {
    expect(cover({ window: { startMs: 5, endMs: 5 }, history: [] }).missing).toBe(0);
  });
});

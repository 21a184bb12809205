import type { AttemptEvent } from '@vigil/protocol';
import { Evidence } from '@vigil/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { judgeEvidence } from '../src/attempts/judge-evidence.js';
import { Attempts, attemptById, indexSegment, Segments } from '../src/store/index.js';
import { makeWorld, sidecarOf, startApi } from './api-support.js';
import type { Api } from './api-support.js';

let api: Api;
let attempt: string;
beforeAll(async () => {
  api = await startApi();
  attempt = (await makeWorld(api, 'evidence')).attempt._id;
});
afterAll(() => api.close());
beforeEach(() => Segments.deleteMany({ attempt }));

/** By hand, and not from the table: from where to where each judgement may move. From all other states it must move nothing. */
const judgements: Record<string, { whole: boolean; final: boolean; moves: Partial<Record<Evidence, Evidence>> }> = {
  'all there': { whole: true, final: false, moves: { receiving: 'complete', partial: 'complete' } },
  'all there, for good': { whole: true, final: true, moves: { receiving: 'complete', partial: 'complete' } },
  'something missing': { whole: false, final: false, moves: {} },
  'something missing, for good': { whole: false, final: true, moves: { receiving: 'partial' } },
};

async function judged(evidence: Evidence, whole: boolean, final: boolean, progress = 'submitted'): Promise<[string, AttemptEvent[]]> {
  const startMs = api.clock.now - 60_000;
  const history = (['webcam', 'microphone', 'screen'] as const).map((source) => ({ atMs: startMs, kind: 'source-on' as const, source }));
  const times = { startedAt: new Date(startMs), finishedAt: new Date(startMs + 10_000) };
  await Attempts.updateOne({ _id: attempt }, { progress, evidence, history, ...times });
  await indexSegment(sidecarOf(attempt, 1, Buffer.from('webcam'), startMs), api.clock.now);
  if (whole) await indexSegment({ ...sidecarOf(attempt, 2, Buffer.from('screen'), startMs), track: 'screen' }, api.clock.now);
  await judgeEvidence(attempt, final, api.clock.now);
  const after = (await attemptById(attempt))!;
  return [after.evidence, after.history.slice(history.length)];
}

describe.each(Object.entries(judgements))('a record with %s', (_, { whole, final, moves }) => {
  test.each(Evidence.options)('that was %s', async (before) => {
    const [after, lines] = await judged(before, whole, final);
    expect(after).toBe(moves[before] ?? before);
    expect(lines.map(({ kind }) => kind)).toEqual(moves[before] ? ['evidence'] : []);
  });
});

test.each(['recording', 'interrupted'])('before the end, while %s, it is not judged', async (progress) => {
  expect(await judged('receiving', true, true, progress)).toEqual(['receiving', []]);
});

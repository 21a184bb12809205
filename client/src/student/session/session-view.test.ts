import { describe, expect, it } from 'vitest';
import { needsStudent, networkState, problemsOf, recordingState, sourcesOf, wholeState, type SessionView, type SourceView } from './session-view.js';

const live: SourceView = { track: 'live', never: false, recorded: true, cause: null, sinceMs: 0 };
const view = (change: Partial<SessionView> = {}, screen: Partial<SourceView> = {}): SessionView => ({
  network: 'connected',
  sources: { webcam: live, microphone: live, screen: { ...live, ...screen } },
  started: true,
  finishing: false,
  step: 0,
  reduced: false,
  spare: { paused: false, maxBitrate: null },
  startedAtMs: 0,
  endsAtMs: 1,
  clockOffsetMs: 0,
  kept: [],
  ending: null,
  ...change,
});

describe('sourcesOf', () => {
  it('follows the rules', () => {
    expect(sourcesOf({ webcam: true, microphone: false, screen: 'any' })).toEqual(['webcam', 'screen']);
    expect(sourcesOf({ webcam: false, microphone: true, screen: 'off' })).toEqual(['microphone']);
  });
});

describe('networkState', () => {
  it('tells a thin line from a good one, and from none', () => {
    expect(networkState(view())).toBe('connected');
    expect(networkState(view({ reduced: true, step: 3 }))).toBe('slow');
    expect(networkState(view({ reduced: true, step: 4 }))).toBe('later');
    expect(networkState(view({ reduced: true, network: 'lost' }))).toBe('lost');
  });
});

describe('recordingState', () => {
  it('says recorded only on the server’s word', () => {
    expect(recordingState(view(), 'screen')).toBe('recorded');
    expect(recordingState(view({}, { recorded: null }), 'screen')).toBe('starting');
    expect(recordingState(view({}, { recorded: false }), 'screen')).toBe('not-recorded');
  });
  it('does not hold on to that word when the track or the network is gone', () => {
    expect(recordingState(view({}, { track: 'ended' }), 'screen')).toBe('not-recorded');
    expect(recordingState(view({}, { track: 'muted' }), 'screen')).toBe('not-recorded');
    expect(recordingState(view({ network: 'lost' }), 'screen')).toBe('not-recorded');
    expect(recordingState(view({}, { track: 'opening' }), 'screen')).toBe('starting');
  });
  it('says kept where this browser records by itself what the server does not', () => {
    const kept = ['screen'] as const;
    expect(recordingState(view({ kept }), 'screen')).toBe('recorded');
    expect(recordingState(view({ kept, network: 'lost' }), 'screen')).toBe('kept');
    expect(recordingState(view({ kept, network: 'lost' }), 'webcam')).toBe('not-recorded');
    expect(recordingState(view({ kept }, { recorded: false, cause: 'disk' }), 'screen')).toBe('kept');
    expect(recordingState(view({ kept, network: 'connecting' }, { recorded: null }), 'screen')).toBe('kept');
    expect(recordingState(view({ kept }, { recorded: null }), 'screen')).toBe('starting');
    expect(recordingState(view({ kept, network: 'lost' }, { track: 'ended' }), 'screen')).toBe('not-recorded');
  });
});

describe('wholeState', () => {
  it('is the state of the source that is worst off', () => {
    const resting: Partial<SourceView> = { recorded: false, cause: 'thin-line' };
    expect(wholeState(view())).toBe('recorded');
    expect(wholeState(view({ kept: ['screen'] }, resting))).toBe('kept');
    expect(wholeState(view({}, resting))).toBe('not-recorded');
    expect(wholeState(view({ network: 'lost' }))).toBe('not-recorded');
    expect(wholeState(view({ kept: ['webcam', 'microphone', 'screen'] }, { recorded: null }))).toBe('starting');
  });
});

describe('needsStudent', () => {
  const needs = (seen: SessionView): boolean => problemsOf(seen, 60_000, true).some(needsStudent);
  it('is so where a click or an answer helps, and not while the student can only wait', () => {
    expect(needs(view({}, { track: 'ended' }))).toBe(true);
    expect(needs(view({ sources: { webcam: { ...live, track: 'opening' } } }))).toBe(true);
    expect(needs(view({ network: 'lost' }))).toBe(false);
    expect(needs(view({}, { recorded: false, cause: 'media-server' }))).toBe(false);
  });
});

describe('problemsOf', () => {
  const ids = (seen: SessionView, nowMs = 60_000) => problemsOf(seen, nowMs).map(({ id, reopen }) => (reopen ? `${id}!` : id));

  it('is silent when all is well, before the start and after the end', () => {
    expect(ids(view())).toEqual([]);
    expect(ids(view({ started: false }, { track: 'ended' }))).toEqual([]);
    expect(ids(view({ ending: { how: 'finished', finishedAtMs: 1 } }, { track: 'ended' }))).toEqual([]);
  });
  it('offers a button for what the student can mend', () => {
    expect(ids(view({}, { track: 'ended', recorded: null }))).toEqual(['screen!']);
    expect(ids(view({}, { track: 'muted' }))).toEqual(['screen!']);
    expect(ids(view({}, { recorded: false, cause: 'packet-loss' }))).toEqual(['screen']);
  });
  it('knows whether the screen was shared in this page before', () => {
    const [again] = problemsOf(view({}, { track: 'ended' }), 60_000);
    const [first] = problemsOf(view({}, { track: 'ended', never: true }), 60_000);
    expect(again?.text).toContain('Sharing has stopped');
    expect(first).toMatchObject({ first: true, text: 'In this tab your screen is not shared yet. Please share your whole screen.' });
  });
  it('says one thing to who has finished while the server is away, and nothing while it stores', () => {
    const finishing = view({ finishing: true, network: 'lost' }, { track: 'ended' });
    expect(ids(finishing)).toEqual(['network']);
    expect(problemsOf(finishing, 0)[0]?.text).toContain('leave this page open');
    expect(ids(view({ finishing: true }, { recorded: false, cause: 'server' }))).toEqual([]);
  });
  it('says so when the browser’s question stays unanswered', () => {
    const asking = view();
    asking.sources.webcam = { ...live, track: 'opening', recorded: null, sinceMs: 50_000 };
    expect(ids(asking, 53_000)).toEqual([]);
    expect(ids(asking, 60_000)).toEqual(['webcam']);
  });
  it('gives a source a few seconds to get into the record', () => {
    const beginning = view({}, { recorded: false, cause: 'not-published', sinceMs: 1_000 });
    expect(recordingState(beginning, 'screen')).toBe('starting');
    expect(ids(beginning, 5_000)).toEqual([]);
    expect(ids(beginning, 20_000)).toEqual(['screen']);
    expect(ids(view({}, { track: 'ended', sinceMs: 1_000 }), 1_000)).toEqual(['screen!']);
  });
  it('says once what concerns all sources', () => {
    const full: SourceView = { track: 'live', never: false, recorded: false, cause: 'disk', sinceMs: 0 };
    expect(ids(view({ sources: { webcam: full, microphone: full, screen: full } }))).toEqual(['disk']);
    expect(ids(view({}, { recorded: false, cause: 'media-server' }))).toEqual(['server']);
  });
  it('puts a lost connection first, and still names the screen that needs a click', () => {
    expect(ids(view({ network: 'lost' }, { track: 'ended' }))).toEqual(['network', 'screen!']);
    expect(ids(view({ network: 'lost' }, { recorded: false, cause: 'connection' }))).toEqual(['network']);
  });
  it('says that the recording is kept here, and worries nobody about a source that is', () => {
    const [lost] = problemsOf(view({ network: 'lost', kept: ['webcam'] }), 60_000);
    expect(lost?.text).toContain('kept on this computer');
    expect(ids(view({ kept: ['screen'] }, { recorded: false, cause: 'packet-loss' }))).toEqual([]);
  });
  it('says when there is no room here', () => {
    expect(problemsOf(view(), 60_000, true).map(({ id }) => id)).toEqual(['ring']);
    expect(problemsOf(view({ started: false }), 60_000, true)).toEqual([]);
  });
});

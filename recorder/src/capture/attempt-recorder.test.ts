import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { segmentFile } from './segment-path.js';
import { drawn, every, tone } from './testing/drawn.js';
import { SegmentBuilder } from './segment-builder.js';
import { BEGIN_MS, formats, TestExam } from './testing/exam.js';
import { packetizeOpus, packetizeVideo, rtpPacket } from './testing/packetizer.js';

let exam: TestExam;
afterEach(() => exam.remove());

/** Frames in the files. */
const written = (track: 'webcam' | 'screen') => ({
  pictures: exam.of(track).reduce((sum, { video }) => sum + (video?.frames ?? 0), 0),
  sounds: exam.of(track).reduce((sum, { audio }) => sum + (audio?.frames ?? 0), 0),
});
const endOf = (track: 'webcam' | 'screen') => Math.max(...exam.of(track).map(({ startMs, durationMs }) => startMs + durationMs)) - BEGIN_MS;

/** Has something done before each call of a method of every segment, with its time. */
function before(method: 'video' | 'audio' | 'finish', act: (timeMs: number) => void): void {
  const { prototype } = SegmentBuilder;
  const original = Object.getOwnPropertyDescriptor(prototype, method)!.value as (this: SegmentBuilder, ...given: unknown[]) => void;
  vi.spyOn(prototype, method).mockImplementation(function (this: SegmentBuilder, ...given: unknown[]) {
    act(given[0] as number);
    original.apply(this, given);
  });
}

describe('closing writes all that arrived', () => {
  const seconds = 7;
  it.each([
    ['in order', 30, 30, 1_000],
    ['sound 2 s late, so that pictures wait for it', 30, 2_000, 1_000],
    ['pictures 2 s late, so that sound waits for them', 2_000, 30, 1_000],
    ['without a sender report', 30, 30, 0],
  ])('%s', async (_, videoMs, audioMs, reportEveryMs) => {
    exam = new TestExam();
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(seconds, 10, every(20))), { delay: () => videoMs, reportEveryMs });
    exam.send('microphone', 'opus', packetizeOpus(tone(seconds)), { delay: () => audioMs, reportEveryMs });
    exam.send('screen', 'vp8', packetizeVideo('vp8', drawn(seconds, 5, every(100))), { reportEveryMs });
    exam.run();
    await exam.end();
    expect(written('webcam')).toEqual({ pictures: seconds * 10, sounds: seconds * 50 });
    expect(written('screen').pictures).toBe(seconds * 5);
    if (reportEveryMs) expect(endOf('webcam')).toBe(seconds * 1_000 + 30);
  });

  it('within the first second, when no file has begun', async () => {
    exam = new TestExam();
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(1, 10, every(20))), { reportEveryMs: 0 });
    exam.send('screen', 'vp8', packetizeVideo('vp8', drawn(1, 5, every(20))), { reportEveryMs: 0 });
    exam.run();
    expect(exam.states).toEqual([]);
    await exam.end();
    expect(written('webcam').pictures).toBe(10);
    expect(written('screen').pictures).toBe(5);
  });

  it('byte for byte, also where the packet that ends the wait for a hole is delivered behind those that waited', async () => {
    exam = new TestExam({ expected: ['webcam'] });
    const frames = drawn(seconds, 10, every(10)).map(({ ticks, data }, index) => ({ ticks, data: Buffer.concat([data, Buffer.alloc(2_500, index)]) }));
    exam.send('webcam', 'vp8', packetizeVideo('vp8', frames), { delay: (index) => (index === 50 ? undefined : 30) });
    exam.run();
    await exam.end();
    const sent = new Set(frames.map(({ data }) => data.toString('latin1')));
    const whole = exam.of('webcam').map((sidecar) => readFileSync(segmentFile(exam.folder, sidecar)).toString('latin1'));
    const found = [...sent].filter((frame) => whole.some((file) => file.includes(frame)));
    expect(found.length).toBe(written('webcam').pictures);
    expect(found.length).toBeGreaterThan(60);
  });

  it('also what waits behind a hole that nothing fills any more', async () => {
    exam = new TestExam({ expected: ['webcam'] });
    const packets = packetizeVideo('vp8', drawn(seconds, 10, every(10)));
    exam.send('webcam', 'vp8', packets, { delay: (index) => (index === 55 ? undefined : 30) });
    exam.run();
    await exam.end();
    // The pictures after the hole decode from the next key frame on, the 60th.
    expect(written('webcam').pictures).toBe(seconds * 10 - 5);
    expect(endOf('webcam')).toBe(seconds * 1_000 + 30);
  });
});

describe('the beginning', () => {
  it('keeps what comes while it waits: the first picture is the first key frame', async () => {
    exam = new TestExam();
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(6, 10, every(20), 200)), { reportEveryMs: 3_000 });
    exam.send('microphone', 'opus', packetizeOpus(tone(6, 200)), { reportEveryMs: 5_000 });
    exam.run();
    await exam.end();
    expect(exam.of('webcam')[0]!.startMs - BEGIN_MS).toBeLessThanOrEqual(230);
    expect(written('webcam').pictures).toBe(60);
    expect(written('webcam').sounds).toBeGreaterThanOrEqual(300);
  });

  it('keeps sound that comes just before the first picture, in its file', async () => {
    exam = new TestExam();
    exam.send('microphone', 'opus', packetizeOpus(tone(8)));
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(6, 10, every(20), 400)));
    exam.run();
    await exam.end();
    expect(exam.of('webcam')[0]!.startMs - BEGIN_MS).toBe(30);
    expect(exam.of('webcam')[0]!.video).toBeDefined();
    expect(written('webcam')).toMatchObject({ pictures: 60, sounds: 400 });
  });

  it('keeps sound that comes long before the first picture', async () => {
    exam = new TestExam();
    exam.send('microphone', 'opus', packetizeOpus(tone(8)));
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(6, 10, every(20), 2_000)));
    exam.run();
    await exam.end();
    expect(exam.of('webcam')[0]!.startMs - BEGIN_MS).toBe(30);
    expect(written('webcam')).toEqual({ pictures: 60, sounds: 400 });
  });
});

describe('a hole in the pictures', () => {
  it('asks for a key frame when sound goes on alone, so that no picture has to be dropped afterwards', async () => {
    exam = new TestExam({ expected: ['webcam', 'microphone'], segmentMs: { webcam: 60_000, screen: 60_000 } });
    const frames = drawn(20, 10, (index) => index === 0 || index === 120);
    exam.send('webcam', 'vp8', packetizeVideo('vp8', frames.filter((_, index) => index < 60 || index >= 120)));
    exam.send('microphone', 'opus', packetizeOpus(tone(20)));
    exam.run();
    await exam.end();
    expect(exam.asked.filter(({ atMs }) => atMs > 6_000 && atMs < 12_000)).not.toEqual([]);
    expect(written('webcam')).toEqual({ pictures: 140, sounds: 1_000 });
  });

  it.each([
    ['with a camera', true],
    ['without one', false],
  ])('ends the file when sound stops as well, %s, and begins another', async (_, camera) => {
    exam = new TestExam({ expected: ['webcam', 'microphone'], segmentMs: { webcam: 600_000, screen: 600_000 } });
    const muted = { fromMs: 6_100, toMs: 119_900 };
    if (camera)
      exam.send('webcam', 'vp8', packetizeVideo('vp8', [...drawn(6, 10, every(30)), ...drawn(6, 10, every(30), 120_000)]), { muted });
    exam.send('microphone', 'opus', packetizeOpus([...tone(6), ...tone(6, 120_000)]), { muted });
    exam.run();
    await exam.end();
    const stretches = exam.of('webcam').map(({ startMs, durationMs }) => [startMs - BEGIN_MS, startMs - BEGIN_MS + durationMs]);
    expect(stretches).toEqual([[30, 6_030], [120_030, 126_030]]);
    const gaps = exam.of('webcam')[1]!.gaps.filter(({ cause }) => cause === 'muted');
    expect(gaps.map(({ source }) => source)).toEqual(camera ? ['webcam', 'microphone'] : ['microphone']);
  });
});

it('is not made to write hours of silence by a sender whose timestamps jump', async () => {
  exam = new TestExam({ expected: ['webcam', 'microphone'] });
  exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(6, 10, every(20))));
  exam.send('microphone', 'opus', packetizeOpus(tone(6).map((frame, index) => ({ ...frame, ticks: frame.ticks + index * 40_000_000 }))).map((each, index) => ({ ...each, sentMs: index * 20 })), { reportEveryMs: 0 });
  exam.run();
  await exam.end();
  expect(written('webcam').sounds).toBeLessThan(12 * 50);
  expect(written('webcam').pictures).toBe(60);
});

it('keeps sound beside the pictures, however old the sound that waits and however many pictures have one time', async () => {
  exam = new TestExam({ expected: ['webcam', 'microphone'], segmentMs: { webcam: 60_000, screen: 60_000 } });
  let pictureMs = -Infinity;
  let mostBehindMs = 0;
  before('video', (timeMs) => (pictureMs = timeMs));
  before('audio', (timeMs) => (mostBehindMs = Math.max(mostBehindMs, pictureMs - timeMs)));
  const webcam = exam.capture.addSource('webcam', formats.vp8);
  const microphone = exam.capture.addSource('microphone', formats.opus);
  const picture = (sequence: number, ms: number, key = false): void =>
    webcam.rtp(rtpPacket(sequence, 1e9 + ms * 90, true, Buffer.from(key ? '100000009d012a4001f000' : '1001', 'hex')));
  const sound = (sequence: number, ms: number): void => microphone.rtp(rtpPacket(sequence, 1e9 + ms * 48, false, Buffer.from('f8fffe', 'hex')));
  for (let index = 0; index < 200; index++)
    exam.at(index * 20, () => {
      picture(index, index * 20, index === 0);
      sound(index, index * 20);
    });
  // Pictures of one time are put 1 ms apart: in the end 34 s before the sound that waits for the next tick.
  exam.at(4_000, () => sound(200, 3_000));
  for (let index = 200; index < 34_700; index++) exam.at(4_000, () => picture(index, -16_000));
  exam.run(3_000);
  await exam.end();
  vi.restoreAllMocks();
  expect(exam.failures).toEqual([]);
  expect(written('webcam').pictures).toBe(34_700);
  expect(mostBehindMs).toBeLessThanOrEqual(20);
});

it('forces what it wrote to the disk every few seconds, long before the segment ends', async () => {
  exam = new TestExam({ expected: ['screen'], segmentMs: { webcam: 60_000, screen: 60_000 } });
  const handle = await open(new URL(import.meta.url));
  const sync = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'datasync');
  await handle.close();
  exam.send('screen', 'vp8', packetizeVideo('vp8', drawn(21, 5, every(500))));
  exam.run();
  await exam.capture.settled();
  expect(sync.mock.calls.length).toBeGreaterThanOrEqual(3);
  sync.mockRestore();
  await exam.end();
});

describe('a failure that must not happen', () => {
  const startBoth = (): TestExam => {
    const other = new TestExam({ segmentMs: { webcam: 60_000, screen: 60_000 } });
    other.send('webcam', 'vp8', packetizeVideo('vp8', drawn(8, 10, every(20))));
    other.send('microphone', 'opus', packetizeOpus(tone(8)));
    other.send('screen', 'vp8', packetizeVideo('vp8', drawn(8, 5, every(20))));
    return other;
  };

  it.each([
    ['in order', false, 'end'],
    ['by repair where that fails too', true, 'repair'],
  ])('ends the recording that it happens in, %s, and keeps what that had written; another one goes on', async (_, worse, closedBy) => {
    exam = startBoth();
    const other = startBoth();
    const rest = other.take();
    for (const call of rest.splice(0, rest.length / 2)) call();

    const fail = (): void => {
      throw new RangeError('of the test');
    };
    let pictures = 0;
    before('video', () => ++pictures > 60 && fail());
    if (worse) before('finish', fail);
    exam.run();
    await exam.capture.settled();
    const late = exam.capture.addSource('screen', formats.vp8);
    late.rtp(Buffer.alloc(40));
    late.close('not-published');
    await exam.end();
    vi.restoreAllMocks();
    for (const call of rest) call();
    await other.end();

    expect(exam.failures.map(({ message }) => message)).toEqual(['of the test']);
    for (const source of ['webcam', 'microphone', 'screen'])
      expect(exam.states.filter((state) => state.startsWith(source)).at(-1)).toBe(`${source} not-recorded unknown`);
    expect(exam.segments.map((segment) => `${segment.track} ${segment.closedBy}`).sort()).toEqual([`screen ${closedBy}`, `webcam ${closedBy}`]);
    expect(written('webcam').pictures).toBeGreaterThan(15);
    expect(other.failures).toEqual([]);
    expect(other.of('webcam')[0]!.video!.frames).toBe(80);
    other.remove();
  });

  it('of whoever listens, too', async () => {
    exam = new TestExam({
      onKeyFrameNeeded: () => {
        throw new Error('of the listener');
      },
    });
    exam.send('webcam', 'vp8', packetizeVideo('vp8', drawn(2, 10, every(20))));
    exam.run();
    await exam.end();
    expect(exam.failures.map(({ message }) => message)).toEqual(['of the listener']);
    expect(exam.states).toEqual(['webcam not-recorded unknown']);
  });
});

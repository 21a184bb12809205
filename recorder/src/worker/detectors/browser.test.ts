import type { BrowserEvent } from '@vigil/protocol';
import { describe, expect, it } from 'vitest';
import { judge } from '../judge.js';
import { judgeBrowser } from './browser.js';
import { isVirtualCamera } from './virtual-cameras.js';

type Noticed<E = BrowserEvent> = E extends BrowserEvent ? Omit<E, 'id' | 'atMs'> : never;
let count = 0;
const at = (atMs: number, event: Noticed): BrowserEvent =>
  ({ id: `00000000-0000-0000-0000-${String((count += 1)).padStart(12, '0')}`, atMs, ...event });
const rules = { screen: 'monitor', fullscreen: true } as const;
const found = (events: readonly BrowserEvent[], own: Parameters<typeof judgeBrowser>[1] = rules, untilMs = 100_000) =>
  judgeBrowser(events, own, untilMs).map(({ kind, startMs, endMs, detail }) => [kind, startMs, endMs, detail]);

describe('stretches', () => {
  const left = (atMs: number, on: boolean) => at(atMs, { kind: 'page-left', on });

  it('last from leaving to coming back, in whatever order events arrive', () => {
    const events = [left(0, false), left(5_000, true), left(9_000, false), left(20_000, true), left(21_000, true), left(30_000, false)];
    const expected = [['page-left', 5_000, 9_000, undefined], ['page-left', 20_000, 30_000, undefined]];
    expect(found(events)).toEqual(expected);
    expect(found(events.toReversed())).toEqual(expected);
  });

  it('that do not end last until the attempt does', () => {
    expect(found([left(5_000, true)])).toEqual([['page-left', 5_000, 100_000, undefined]]);
  });

  it('end with an attempt that is opened again later', () => {
    const pauses = [{ startMs: 20_000 }];
    expect(judgeBrowser([left(5_000, true), left(60_000, true)], rules, 100_000, pauses).map(({ startMs, endMs }) => [startMs, endMs])).toEqual([[5_000, 20_000], [60_000, 100_000]]);
  });

  it('are shown by what came after they began, and by the same when they have grown', () => {
    const shown = (untilMs: number) => judgeBrowser([left(5_000, true)], rules, untilMs).map(({ shownAtMs }) => shownAtMs);
    expect([shown(6_000), shown(20_000), shown(90_000)]).toEqual([[5_500], [7_000], [7_000]]);
  });

  it('of full screen count only where the rules ask for it', () => {
    const event = at(1_000, { kind: 'fullscreen-left', on: true });
    expect(found([event])).toEqual([['fullscreen-left', 1_000, 100_000, undefined]]);
    expect(found([event], { screen: 'monitor' })).toEqual([]);
  });
});

describe('moments', () => {
  it('say how much was copied and pasted', () => {
    expect(found([at(1_000, { kind: 'copy', characters: 1 }), at(2_000, { kind: 'paste', characters: 240 }), at(9_000, { kind: 'paste' })])).toEqual([
      ['copy', 1_000, 1_000, '1 character'],
      ['paste', 2_000, 2_000, '240 characters'],
      ['paste', 9_000, 9_000, undefined],
    ]);
  });

  it('are one for one state, however often a page that was loaded again tells it', () => {
    const second = (atMs: number, on: boolean) => at(atMs, { kind: 'second-monitor', on });
    expect(found([second(0, true), second(10_000, true), second(20_000, false), second(30_000, true)])).toEqual([
      ['second-monitor', 0, 0, undefined],
      ['second-monitor', 30_000, 30_000, undefined],
    ]);
    const camera = (atMs: number, label: string) => at(atMs, { kind: 'camera', label });
    expect(found([camera(0, 'HD Webcam'), camera(1_000, 'OBS Virtual Camera'), camera(2_000, 'OBS Virtual Camera'), camera(3_000, 'mmhmm Camera')])).toEqual([
      ['virtual-camera', 1_000, 1_000, 'OBS Virtual Camera'],
      ['virtual-camera', 3_000, 3_000, 'mmhmm Camera'],
    ]);
  });

  it('of the surface count only where the rules ask for the whole screen', () => {
    const events = [at(0, { kind: 'surface', surface: 'monitor' }), at(5_000, { kind: 'surface', surface: 'browser' }), at(9_000, { kind: 'surface', surface: 'monitor' })];
    expect(found(events)).toEqual([['screen-surface', 5_000, 5_000, 'One tab of the browser']]);
    expect(found(events, { screen: 'any' })).toEqual([]);
    expect(found(events, {})).toEqual([]);
  });

  it('name the device, and are told with the confidence that they deserve', () => {
    const events = [
      at(1_000, { kind: 'device', device: 'webcam', label: 'HD Webcam', on: false }),
      at(2_000, { kind: 'developer-tools', by: 'keys' }),
      at(9_000, { kind: 'developer-tools', by: 'size' }),
    ];
    expect(found(events)[0]).toEqual(['device-changed', 1_000, 1_000, 'Camera plugged out: HD Webcam']);
    const [, keys, size] = judgeBrowser(events, rules, 100_000);
    expect(size!.confidence).toBeLessThan(keys!.confidence);
  });

  it('are shown by the screen, a camera by itself', () => {
    const events = [at(0, { kind: 'camera', label: 'ManyCam' }), at(0, { kind: 'copy' })];
    expect(judgeBrowser(events, rules, 1).map(({ kind, track }) => [kind, track])).toEqual([['copy', 'screen'], ['virtual-camera', 'webcam']]);
  });
});

describe('judged with all else', () => {
  const detectors = { all: [] };

  it('moments near each other are one finding that names both', () => {
    const one = (atMs: number, device: 'webcam' | 'microphone') => at(atMs, { kind: 'device', device, label: 'C920', on: true });
    const judged = judge([], detectors, {}, judgeBrowser([one(1_000, 'webcam'), one(1_400, 'microphone')], {}, 0));
    expect(judged).toMatchObject([{ kind: 'device-changed', startMs: 1_000, endMs: 1_400, detail: 'Camera plugged in: C920; Microphone plugged in: C920' }]);
  });

  it('kinds that are off, and a glance away, are no findings', () => {
    const events = [at(0, { kind: 'copy' }), at(1_000, { kind: 'page-left', on: true }), at(1_900, { kind: 'page-left', on: false })];
    const noticed = judgeBrowser(events, {}, 0);
    expect(judge([], detectors, {}, noticed).map(({ kind }) => kind)).toEqual(['copy']);
    expect(judge([], detectors, { off: ['copy'] }, noticed)).toEqual([]);
  });
});

it.each([
  ['OBS Virtual Camera', true],
  ['OBS Virtual Camera (Windows Virtual Camera)', true],
  ['ManyCam Virtual Webcam', true],
  ['Snap Camera', true],
  ['XSplit VCam', true],
  ['Dummy video device (0x0000)', true],
  ['Camera (NVIDIA Broadcast)', false],
  ['Galaxy S24 (Windows Virtual Camera)', false],
  ['DroidCam Source 3', false],
  ['e2eSoft iVCam', false],
  ['Iriun Webcam', false],
  ['Integrated Camera (04f2:b6d0)', false],
  ['FaceTime HD Camera (Built-in)', false],
  ['fake_device_0', false],
  ['', false],
])('a camera named “%s” is a program’s: %s', (label, expected) => {
  expect(isVirtualCamera(label)).toBe(expected);
});

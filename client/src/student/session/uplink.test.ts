import { describe, expect, it } from 'vitest';
import { judgeUplink, measureUplink, readSample, type UplinkSample } from './uplink.js';

/** Samples each 500 ms that send `kbps`. */
const line = (kbps: number, more: Partial<UplinkSample> = {}): UplinkSample[] =>
  Array.from({ length: 12 }, (_, index) => ({ atMs: index * 500, bytesSent: 1 + (index * 500 * kbps) / 8, ...more }));

describe('judgeUplink', () => {
  it.each([
    [1_200, 'good'],
    [500, 'fair'],
    [200, 'weak'],
  ])('%i kbit/s is %s', (kbps, grade) => {
    expect(judgeUplink(line(kbps))).toMatchObject({ grade, kbps });
  });

  it('counts only the second half, when the estimate has climbed', () => {
    const climb = line(1_000).map((sample, index) => (index < 6 ? { ...sample, bytesSent: 1 } : sample));
    expect(judgeUplink(climb).kbps).toBe(1_000);
  });

  it('believes the browser’s estimate when the encoder had little to send', () => {
    expect(judgeUplink(line(300, { availableBitrate: 900_000 }))).toMatchObject({ grade: 'good', kbps: 900 });
  });

  it('takes what is lost off, and grades much loss as weak', () => {
    expect(judgeUplink(line(1_000, { fractionLost: 0.0625, roundTripMs: 80 }))).toEqual({ grade: 'fair', kbps: 938, loss: 0.0625, roundTripMs: 80 });
    expect(judgeUplink(line(1_000, { fractionLost: 0.2 })).grade).toBe('weak');
  });

  it('says none when nothing left', () => {
    expect(judgeUplink([]).grade).toBe('none');
    expect(judgeUplink([{ atMs: 0, bytesSent: 0 }]).grade).toBe('none');
  });
});

describe('readSample', () => {
  it('gathers what the browser’s reports say', () => {
    const stats: [string, unknown][] = [
      ['a', { type: 'outbound-rtp', timestamp: 5, bytesSent: 100 }],
      ['b', { type: 'remote-inbound-rtp', fractionLost: 0.25, roundTripTime: 0.05 }],
      ['c', { type: 'candidate-pair', nominated: true, availableOutgoingBitrate: 7_000 }],
      ['d', { type: 'candidate-pair', nominated: false, availableOutgoingBitrate: 9_000 }],
    ];
    expect(readSample(stats)).toEqual({ atMs: 5, bytesSent: 100, fractionLost: 0.25, roundTripMs: 50, availableBitrate: 7_000 });
    expect(readSample([])).toBeUndefined();
  });
});

describe('measureUplink', () => {
  it('looks at the probe again and again', async () => {
    let looks = 0;
    const stats = () => {
      looks++;
      const report = new Map([['a', { type: 'outbound-rtp', timestamp: looks * 500, bytesSent: looks * 62_500 }]]);
      return Promise.resolve(report as unknown as RTCStatsReport);
    };
    const result = await measureUplink({ stats }, () => Promise.resolve(), 4);
    expect(looks).toBe(4);
    expect(result).toMatchObject({ grade: 'good', kbps: 1_000 });
  });
});

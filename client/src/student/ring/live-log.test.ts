import { describe, expect, it } from 'vitest';
import { LiveLog } from './live-log.js';

describe('LiveLog', () => {
  it('says well only of what was recorded live from before its beginning until long after its end', () => {
    const log = new LiveLog();
    log.note('webcam', true, 1_000);
    log.note('webcam', true, 2_000);
    log.note('webcam', false, 60_000);
    log.note('webcam', true, 90_000);
    expect(log.wasWell('webcam', 500, 5_500, 200_000)).toBe(false);
    expect(log.wasWell('webcam', 1_000, 6_000, 200_000)).toBe(true);
    expect(log.wasWell('webcam', 44_000, 49_000, 200_000)).toBe(false);
    expect(log.wasWell('webcam', 70_000, 75_000, 200_000)).toBe(false);
    expect(log.wasWell('webcam', 91_000, 96_000, 111_000)).toBe(true);
    expect(log.wasWell('webcam', 91_000, 96_000, 110_000)).toBe(false);
    expect(log.wasWell('screen', 91_000, 96_000, 200_000)).toBe(false);
  });

  it('says whether all is well now', () => {
    const log = new LiveLog();
    expect(log.isWell).toBe(false);
    log.note('webcam', true, 1_000);
    expect(log.isWell).toBe(true);
    log.note('screen', false, 2_000);
    expect(log.isWell).toBe(false);
    log.note('screen', true, 3_000);
    expect(log.isWell).toBe(true);
  });
});

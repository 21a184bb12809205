import { describe, expect, it } from 'vitest';
import { extendSequence, extendTimestamp, parseRtp, rtpView } from './rtp.js';
import { rtpPacket } from './testing/packetizer.js';

describe('parseRtp', () => {
  it('leaves out contributing sources, the extension and padding', () => {
    const view = rtpView();
    const plain = rtpPacket(65_535, 0xffff_ffff, true, Buffer.from('payload'));
    expect(parseRtp(plain, view)).toBe(true);
    expect(view).toEqual({ sequence: 65_535, timestamp: 0xffff_ffff, marker: true, start: 20, end: 27 });
    // V=2, P, CC=1; padding of 3 bytes.
    const padded = Buffer.from('a1600001000000020000000300000004aabbcc000003', 'hex');
    expect(parseRtp(padded, view)).toBe(true);
    expect(padded.subarray(view.start, view.end).toString('hex')).toBe('aabbcc');
  });

  it.each([
    ['too short', '80600001'],
    ['of another version', '406000010000000200000003aa'],
    ['with more padding than bytes', 'a06000010000000200000003ff'],
    ['with an extension beyond its end', '906000010000000200000003bede0009'],
    ['with more sources than bytes', '8f6000010000000200000003'],
  ])('refuses a packet %s', (_what, hex) => expect(parseRtp(Buffer.from(hex, 'hex'), rtpView())).toBe(false));
});

describe('extending', () => {
  it('goes on beyond the wrap, and back again', () => {
    expect(extendSequence(65_535, 0)).toBe(65_536);
    expect(extendSequence(65_536, 65_535)).toBe(65_535);
    const beyond = extendTimestamp(0x1_ffff_ff00, 0x100);
    expect(beyond).toBe(0x2_0000_0100);
    expect(extendTimestamp(beyond, 0xffff_ff00)).toBe(0x1_ffff_ff00);
  });
});

import { describe, expect, it } from 'vitest';
import { parseRtp, rtpView } from './rtp.js';
import { rtpPacket } from './testing/packetizer.js';
import { VideoAssembler, type VideoPayload } from './video-assembler.js';
import { parseVp8 } from './vp8.js';
import { parseVp9 } from './vp9.js';

const none: VideoPayload = { start: 0, beginsFrame: false, key: false, width: 0, height: 0 };
function read(parse: typeof parseVp8, hex: string): VideoPayload | undefined {
  const payload = { ...none };
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return parse(bytes, 0, bytes.length, payload) ? payload : undefined;
}
/** A VP8 key frame's header: 176×144 (RFC 6386, 9.1). */
const key8 = '10 02 00 9d 01 2a b0 00 90 00';

describe('VP8 descriptor (RFC 7741, 4.2)', () => {
  it.each([
    ['without options', '10', 1],
    ['with a 7-bit picture id', '90 80 11', 3],
    ['with a 15-bit picture id', '90 80 91 22', 4],
    ['with picture id, TL0PICIDX, TID and KEYIDX', '90 f0 91 22 33 44', 6],
    ['with TID alone', '90 20 44', 3],
    ['with KEYIDX alone', '90 10 44', 3],
  ])('%s', (_what, hex, start) =>
    expect(read(parseVp8, `${hex} ${key8}`)).toEqual({ start, beginsFrame: true, key: true, width: 176, height: 144 }),
  );

  it('tells a later packet, a later partition and a delta frame from a beginning key frame', () => {
    expect(read(parseVp8, `00 ${key8}`)).toMatchObject({ beginsFrame: false, key: false });
    expect(read(parseVp8, `11 ${key8}`)).toMatchObject({ beginsFrame: false, key: false });
    expect(read(parseVp8, '10 11 02 00')).toMatchObject({ beginsFrame: true, key: false });
  });

  it.each(['', '90', '90 80', '90 80 91', '10', '10 10 02', '10 10 02 00 9d 01 2a 00 00 90 00'])('refuses what is cut short or has no size: %s', (hex) =>
    expect(read(parseVp8, hex)).toBeUndefined(),
  );
});

/** A VP9 key frame's uncompressed header, profile 0: marker, sync code, 8 bit BT.601, 320×180. */
const key9 = '82 49 83 42 20 13 f0 0b 30';

describe('VP9 descriptor (RFC 9628, 4.2)', () => {
  it.each([
    ['without options', '08', 1],
    ['with a 15-bit picture id', '88 91 22', 3],
    ['with layers, not flexible', 'a8 11 00 05', 4],
    ['with a scalability structure: size and one picture', '8a 11 18 01 40 00 b4 01 04 01', 10],
  ])('%s', (_what, hex, start) =>
    expect(read(parseVp9, `${hex} ${key9}`)).toEqual({ start, beginsFrame: true, key: true, width: 320, height: 180 }),
  );

  it('reads past reference indices in flexible mode', () => {
    // I, P, F, B: picture id, two P_DIFF.
    expect(read(parseVp9, 'd8 11 03 02 86 00')).toMatchObject({ start: 4, beginsFrame: true, key: false });
  });

  it('takes neither an upper spatial layer nor a predicted frame for a beginning key frame', () => {
    expect(read(parseVp9, `a8 11 02 05 ${key9}`)).toMatchObject({ beginsFrame: false });
    expect(read(parseVp9, `48 ${key9}`)).toMatchObject({ beginsFrame: true, key: false });
  });

  it.each(['', '88', '88 91', '8a 11', '8a 11 18'])('refuses what is cut short: %s', (hex) =>
    expect(read(parseVp9, hex)).toBeUndefined(),
  );
});

describe('VideoAssembler', () => {
  const view = rtpView();
  const packet = (timestamp: number, marker: boolean, hex: string): Buffer =>
    rtpPacket(1, timestamp, marker, Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const push = (assembler: VideoAssembler, bytes: Buffer, lost = false): string | undefined => {
    parseRtp(bytes, view);
    const frame = assembler.push(bytes, view, lost);
    return frame && `${frame.key ? 'key' : 'delta'} ${frame.rtpTimestamp} ${Buffer.concat(frame.chunks).toString('hex').slice(-2)}`;
  };

  it('waits for a key frame, joins packets, and waits again after a loss', () => {
    const assembler = new VideoAssembler('vp8');
    expect(push(assembler, packet(1, true, '10 11 00 01'))).toBeUndefined();
    expect(push(assembler, packet(2, false, `10 ${key8}`))).toBeUndefined();
    expect(push(assembler, packet(2, true, '00 aa'))).toBe('key 2 aa');
    expect(push(assembler, packet(3, true, '10 11 00 02'))).toBe('delta 3 02');
    expect(push(assembler, packet(5, true, '10 11 00 03'), true)).toBeUndefined();
    expect(assembler.waitsForKey).toBe(true);
    expect(push(assembler, packet(6, true, '10 11 00 04'))).toBeUndefined();
    expect(push(assembler, packet(7, true, `10 ${key8}`), true)).toBe('key 7 00');
  });

  it('ignores padding, and drops a frame whose end never came', () => {
    const assembler = new VideoAssembler('vp8');
    push(assembler, packet(1, true, `10 ${key8}`));
    expect(push(assembler, packet(1, false, ''))).toBeUndefined();
    expect(assembler.waitsForKey).toBe(false);
    push(assembler, packet(2, false, '10 11 00 01'));
    expect(push(assembler, packet(3, true, '10 11 00 02'))).toBeUndefined();
    expect(assembler.waitsForKey).toBe(true);
  });
});

import { expect, it } from 'vitest';
import { mjrPackets } from './janus.js';

it('counts the packets of a recording, each behind its own header', () => {
  const packet = (length: number): Buffer => {
    const head = Buffer.from('MEET\0\0\0\0\0\0', 'latin1');
    head.writeUInt16BE(length, 8);
    return Buffer.concat([head, Buffer.alloc(length, 7)]);
  };
  const about = Buffer.from('{"t":"v"}');
  const head = Buffer.alloc(10);
  head.write('MJR00002');
  head.writeUInt16BE(about.length, 8);
  const file = Buffer.concat([head, about, packet(300), packet(1), packet(1_200)]);
  expect(mjrPackets(file)).toBe(3);
  expect(mjrPackets(Buffer.concat([head, about]))).toBe(0);
});

import { expect, it } from 'vitest';
import { SegmentBuilder } from './segment-builder.js';
import { readWebm } from './webm-reader.js';

const startMs = Date.UTC(2030, 0, 1);
const picture = Buffer.from('11020000', 'hex');
const sound = Buffer.from('f8fffe', 'hex');

it('writes sound that lies further before a picture than a block can say', () => {
  let written: Buffer = Buffer.alloc(0);
  let open = 0;
  const builder = new SegmentBuilder({ video: { codec: 'vp8', width: 320, height: 240 }, audio: true }, startMs, {
    write: (data, tail) => {
      written = Buffer.concat([written.subarray(0, written.length - open), data, tail]);
      open = tail.length;
    },
  });
  builder.video(startMs, true, [picture], picture.length);
  builder.video(startMs + 60_000, false, [picture], picture.length);
  builder.audio(startMs + 20, sound, 20);
  builder.audio(startMs + 60_000, sound, 20);
  builder.finish(startMs + 60_100);
  expect(readWebm(written)).toMatchObject({ bytes: written.length, video: { frames: 2 }, audio: { frames: 2 } });
});

import { getEventListeners } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker as Thread } from 'node:worker_threads';
import { MongoClient, type Db } from 'mongodb';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Detectors } from '../src/worker/detectors/all.js';
import { changeOf, screenSwitchedDetector } from '../src/worker/detectors/screen-switched.js';
import { screenWordsDetector } from '../src/worker/detectors/screen-words.js';
import { textOf, wordIn } from '../src/worker/detectors/word-match.js';
import { judge, readIn } from '../src/worker/judge.js';
import { measureFile } from '../src/worker/measure.js';
import { decode } from '../src/worker/media/decode.js';
import type { Frame } from '../src/worker/media/frame.js';
import { probe } from '../src/worker/media/probe.js';
import { modelFolder } from '../src/worker/models/load.js';
import { loadReader, Tesseract, type Reader } from '../src/worker/models/tesseract.js';
import { readDocument } from '../src/worker/onboarding/read-document.js';
import { TextStore, type ScreenTextDocument } from '../src/worker/queue/text-store.js';
import { encodePictures } from './worker-clips.js';

const lines = ['Question 4 of 12. Explain in your own words why', 'a gas cools down when it expands against a piston.', 'Your answer: the gas does work on the piston'];
const page = (text: readonly string[], { paper = '#fff', ink = '#222', font = 'DejaVu Sans', size = 15, more = '', down = 0 } = {}): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720" font-family="${font}" font-size="${size}" fill="${ink}"><rect width="1280" height="720" fill="${paper}"/>
  ${Array.from({ length: 24 }, (_, at) => `<text x="60" y="${100 + at * 26 - down}">${text[at % text.length] ?? ''} ${at}</text>`).join('')}${more}</svg>`;
const bar = '<rect width="1280" height="60" fill="#d4dae2"/><text x="140" y="38" fill="#222">https://chatgpt.com/c/6718aa</text>';

let folder: string;
let reader: Reader;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-screen-'));
  reader = await loadReader();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const grey = async (svg: string, width = 1280) => {
  const { data, info } = await sharp(Buffer.from(svg)).resize({ width }).greyscale().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data), luma: new Uint8Array(data) };
};

describe('reading', () => {
  it.each([{ font: 'DejaVu Sans' }, { font: 'DejaVu Serif', size: 13 }, { font: 'DejaVu Sans Mono', size: 14, paper: '#101510', ink: '#6fd26f' }])('reads %o', async (look) => {
    const read = (await reader.read(await grey(page(lines, { ...look, more: bar }))))!.map(({ text }) => text).join('\n');
    expect(read).toContain('why 0');
    expect(wordIn('chatgpt.com')(textOf(read))).toBe('exact');
    expect(read.match(/expands against a piston/g)!.length).toBeGreaterThan(5);
  });

  it('reads an address on a grey bar over a page with little on it', async () => {
    const sparse = await grey(page([''], { more: `<rect width="1280" height="720" fill="#fff"/>${bar}` }));
    expect((await reader.read(sparse))!.map(({ text }) => text)).toEqual(['https://chatgpt.com/c/6718aa']);
  });

  it('stops at once when it is aborted, and reads again', async () => {
    const stop = new AbortController();
    const reading = reader.read(await grey(page(lines)), stop.signal);
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    expect(await reader.read({ width: 64, height: 64, data: new Uint8Array(4096).fill(255) })).toEqual([]);
  });

  it('leaves nothing behind at the signal, however often it reads', async () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 3; i++) await reader.read({ width: 64, height: 64, data: new Uint8Array(4096).fill(255) }, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('starts again after a start that failed, one that took too long, and a thread that ended', async () => {
    const white = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#fff' } }).png().toBuffer();
    const language = 'eng.traineddata';
    const own = await mkdtemp(join(folder, 'language-'));
    const tesseract = new Tesseract('test', own, 60_000);
    const broken = { message: 'The words in the picture could not be read.', reason: 'internal' };
    await expect(tesseract.read(white, { text: true })).rejects.toMatchObject(broken);
    await copyFile(join(modelFolder, language), join(own, language));
    await expect(new Tesseract('test', own, 1).read(white, { text: true })).rejects.toMatchObject(broken);
    const thread = new Promise<Thread>((resolve) => process.once('worker', resolve));
    expect((await tesseract.read(white, { text: true })).text).toBe('');
    const reading = tesseract.read(white, { text: true });
    const failed = expect(reading).rejects.toMatchObject(broken);
    await (await thread).terminate();
    await failed;
    expect((await tesseract.read(white, { text: true })).text).toBe('');
    await tesseract.close();
  });
});

describe('a document before the camera', () => {
  const [width, height] = [1280, 960];
  /** A card as a student holds it, with dark and coloured parts, in a room. */
  const card = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" fill="#222">
    <radialGradient id="room"><stop stop-color="#c9b39f"/><stop offset="1" stop-color="#3b4046"/></radialGradient><rect width="${width}" height="${height}" fill="url(#room)"/>
    <g transform="translate(740 610)"><rect width="520" height="330" rx="20" fill="#dfe8ee"/><rect width="520" height="54" fill="#2b5a88"/><rect x="20" y="72" width="120" height="156" fill="#b9a898"/>
    <text x="160" y="96" font-size="16">Surname</text><text x="160" y="130" font-size="30" font-weight="bold">LOVELACE</text>
    <text x="160" y="162" font-size="16">Given names</text><text x="160" y="196" font-size="30" font-weight="bold">ADA</text></g></svg>`);

  it('has the names on it read', async () => {
    const text = await readDocument(await sharp(card).jpeg({ quality: 90 }).toBuffer());
    expect(text).toContain('LOVELACE');
    expect(text).toContain('ADA');
  });

  it('is not read any more when nobody waits', async () => {
    const stop = new AbortController();
    process.once('worker', () => stop.abort(new Error('enough')));
    await expect(readDocument(await sharp(card).jpeg().toBuffer(), stop.signal)).rejects.toThrow('enough');
  });

  it('is made no larger than can be read, however high it is', async () => {
    const strip = await sharp({ create: { width: 64, height: 20_000, channels: 3, background: '#fff' } }).jpeg().toBuffer();
    expect(await readDocument(strip)).toBe('');
    const large = await sharp({ create: { width: 8_000, height: 8_000, channels: 3, background: '#fff' } }).jpeg().toBuffer();
    await expect(readDocument(large)).rejects.toThrow(/pixel limit/);
  });
});

describe('a recorded screen', () => {
  it('has its words found where they stood, and kept for the search; another program in front is a moment', async () => {
    const file = await encodePictures(folder, [[page(lines), 8], [page(['Where should we begin?'], { paper: '#111b21', ink: '#ddd', size: 22, more: bar }), 8], [page(lines), 6]]);
    const detectors: Detectors = { all: [screenSwitchedDetector(), screenWordsDetector(reader)], findFaces: () => Promise.resolve({ sure: [], nearest: 0 }), findSpeech: () => Promise.resolve(new Float32Array()), describe: () => Promise.reject(new Error('no faces')) };
    const measured = await measureFile({ ...(await probe(file)), file, track: 'screen' }, detectors, {});
    const segments = [{ track: 'screen' as const, startMs: 1_000_000, measured }];
    const found = judge(segments, detectors, { words: ['chatgpt.com', 'WhatsApp'] });
    expect(found.map(({ kind, startMs, detail }) => [kind, Math.round(startMs / 1_000), detail])).toEqual([
      ['screen-switched', 1_008, undefined],
      ['screen-words', 1_008, '“chatgpt.com”'],
      ['screen-switched', 1_016, undefined],
    ]);
    expect(found[1]!.endMs).toBeGreaterThan(1_015_000);
    expect(found[1]!.endMs).toBeLessThan(1_017_500);
    const texts = readIn(segments, detectors);
    expect(texts.find(({ text }) => text.includes('begin'))).toMatchObject({ startMs: expect.closeTo(1_008_000, -3) as number });
    expect(readIn(segments, detectors, { off: ['screen-words'] })).toEqual([]);
  }, 240_000);
});

describe('a screen in two sizes', () => {
  it('is decoded to its end however slowly it is read, and small as it is without the full size', async () => {
    const file = await encodePictures(folder, [[page(lines), 6], [page(['Where should we begin?'], { paper: '#111b21', ink: '#ddd' }), 6]]);
    const source = { ...(await probe(file)), file, track: 'screen' as const };
    const framesOf = async (as: 'grey' | 'full'): Promise<Frame[]> => {
      const frames: Frame[] = [];
      for await (const frame of decode(source, undefined, as).frames) {
        frames.push(frame);
        if (as === 'full') await new Promise((resolve) => setTimeout(resolve, frames.length % 8 ? 40 : 400));
      }
      return frames;
    };
    const [grey, full] = [await framesOf('grey'), await framesOf('full')];
    expect(full.length).toBe(24);
    expect(full.map(({ timeMs }) => timeMs)).toEqual(grey.map(({ timeMs }) => timeMs));
    for (const [at, { width, height, data, full: whole }] of full.entries()) {
      expect([width, height, whole?.width, whole?.height]).toEqual([320, 180, 1280, 720]);
      expect(Buffer.compare(data, grey[at]!.data)).toBe(0);
    }
  }, 60_000);
});

describe('a change of the whole screen', () => {
  const small = (svg: string) => grey(svg, 320);
  const cases: [what: string, other: string, switched: boolean][] = [
    ['another program', page(['Lecture.pdf', 'Letter to the landlord'], { paper: '#e8ebef', size: 22 }), true],
    ['a terminal', page(['student@desk: ls -l', 'notes.txt'], { font: 'DejaVu Sans Mono', paper: '#111', ink: '#6fd26f' }), true],
    ['a line that was typed', page(lines, { more: '<text x="60" y="715">and that is why it cools</text>' }), false],
    ['a page that was scrolled', page(lines, { down: 132 }), false],
    ['a dialog over the dimmed page', page(lines, { more: '<rect width="1280" height="720" opacity=".45" fill="#000"/><rect x="400" y="250" width="480" height="200" fill="#fff"/><text x="440" y="330">Time left</text>' }), false],
    ['a film in the page', page(lines, { more: '<rect x="640" y="330" width="600" height="340" fill="#734"/><circle cx="900" cy="500" r="120" fill="#fe5"/>' }), false],
  ];
  it.each(cases)('is told of %s', async (_, other, switched) => {
    const share = changeOf(await small(page(lines)), await small(other));
    expect(share >= 0.75).toBe(switched);
  });
});

describe('what was read', () => {
  let client: MongoClient;
  let db: Db;
  beforeAll(async () => {
    client = await MongoClient.connect(process.env.MONGODB_URI ?? '');
    db = client.db('vigil-worker-screen');
  });
  afterAll(async () => {
    await db.dropDatabase();
    await client.close();
  });

  it('is replaced when an attempt is judged anew, and that of others stays', async () => {
    const store = new TextStore(db);
    await store.createIndex();
    const all = async () => (await db.collection<ScreenTextDocument>('screenTexts').find().sort({ _id: 1 }).toArray()).map(({ _id, endMs, text }) => [_id, endMs, text]);
    await store.replace('other', [{ startMs: 1, endMs: 2, text: 'x' }]);
    await store.replace('one', [{ startMs: 1, endMs: 5, text: 'a' }, { startMs: 5, endMs: 9, text: 'b' }]);
    await store.replace('one', [{ startMs: 1, endMs: 5, text: 'a' }, { startMs: 5, endMs: 20, text: 'b' }, { startMs: 20, endMs: 30, text: 'c' }]);
    expect(await all()).toEqual([['one-1', 5, 'a'], ['one-20', 30, 'c'], ['one-5', 20, 'b'], ['other-1', 2, 'x']]);
    await store.replace('one', [{ startMs: 5, endMs: 9, text: 'd' }]);
    expect(await all()).toEqual([['one-5', 9, 'd'], ['other-1', 2, 'x']]);
  });
});

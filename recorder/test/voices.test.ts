import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDetectors, type Detectors } from '../src/worker/detectors/all.js';
import { Hearing } from '../src/worker/detectors/hearing.js';
import { isClear } from '../src/worker/detectors/voices.js';
import { likenessOf, voiceSamples, voicesIn } from '../src/worker/models/ge2e.js';
import { loadModel } from '../src/worker/models/load.js';

const rate = 16_000;

describe('the model of voices', () => {
  /** 20 harmonics of a pitch (Hz) that glides (Hz a second), the sound of which the reference was made. */
  function tone(pitch: number, glide: number): Float32Array {
    return Float32Array.from({ length: voiceSamples }, (_, at) => {
      const t = (at + 120) / rate;
      const phase = 2 * Math.PI * (pitch * t + glide * t * t);
      let sum = 0;
      for (let k = 1; k <= 20; k++) sum += (Math.sin(k * phase) / k) * (1 + 0.5 * Math.sin(2 * Math.PI * 3 * t + k));
      return 0.02 * sum;
    });
  }

  it('answers as Resemblyzer 0.1.4 with librosa and PyTorch does', async () => {
    // In thousandths.
    const reference = JSON.parse(await readFile(new URL('voices-reference.json', import.meta.url), 'utf8')) as number[][];
    const voices = await voicesIn(await loadModel('ge2e.onnx'), [tone(110, 15), tone(210, -20)]);
    for (const [index, voice] of voices.entries()) {
      const expected = Float32Array.from(reference[index]!, (thousandths) => thousandths / 1_000);
      expect(Math.max(...voice.map((value, at) => Math.abs(value - expected[at]!)))).toBeLessThan(0.004);
    }
    expect(likenessOf(voices[0]!, voices[1]!)).toBeCloseTo(0.849, 2);
  });
});

describe('more than one voice', () => {
  const sentences = [
    'The second law says that heat flows from the warm body to the cold one, and never by itself the other way.',
    'What did you write for the third one, I have two different answers here and cannot tell which is right.',
  ];
  /** Sentences one after the other, each with espeak-ng's arguments for its voice. */
  function said(...voices: readonly (readonly string[])[]): Float32Array {
    const parts = voices.map((parameters, index) => {
      const wave = execFileSync('espeak-ng', [...parameters, '--stdout', sentences[index % 2]!], { timeout: 30_000 });
      const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-ac', '1', '-ar', `${rate}`, '-f', 'f32le', '-'], { input: wave, timeout: 30_000 });
      return new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
    });
    const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    return all;
  }

  let detectors: Detectors;
  beforeAll(async () => {
    detectors = await loadDetectors();
  });
  async function found(samples: Float32Array) {
    const voices = detectors.all.find(({ stamp }) => stamp.name === 'voices')!;
    const heard = await voices.hear!(new Hearing(samples, detectors.findSpeech));
    return { heard, found: voices.judge(heard, {}) };
  }

  it('is found from where the second one speaks', async () => {
    const samples = said(['-v', 'en-us'], ['-v', 'en-us+f3']);
    const { found: [first, ...others] } = await found(samples);
    expect(others).toEqual([]);
    expect(first?.kind).toBe('voices-several');
    const begin = (said(['-v', 'en-us']).length / rate) * 1_000;
    expect(Math.abs(first!.startMs - begin)).toBeLessThan(1_500);
    expect(first!.endMs).toBeGreaterThan(begin + 2_000);
  });

  it('is not one that speaks higher, lower, faster and slower', async () => {
    const { heard, found: none } = await found(said(['-v', 'en-us', '-p', '65', '-s', '170'], ['-v', 'en-us', '-p', '35', '-s', '130']));
    expect(heard.length).toBeGreaterThan(0);
    expect(none).toEqual([]);
  });

  it('is not told of a whisper, nor of speech in noise, nor of a hum in silence', () => {
    const clear = said(['-v', 'en-us']).subarray(rate, rate + voiceSamples);
    expect(isClear(clear)).toBe(true);
    let state = 1;
    const noise = clear.map(() => ((state = (state * 48_271) % 0x7fff_ffff) / 0x7fff_ffff - 0.5) * 2);
    expect(isClear(clear.map((sample, at) => sample + 0.05 * noise[at]!))).toBe(false);
    // As loud as the speech at each moment, without its tone.
    let loud = 0;
    expect(isClear(clear.map((sample, at) => noise[at]! * (loud = Math.max(Math.abs(sample), loud * 0.995))))).toBe(false);
    expect(isClear(new Float32Array(voiceSamples))).toBe(false);
  });

  it('keeps numbers of how alike the windows are, and nothing that a voice could be told by', async () => {
    const { heard } = await found(said(['-v', 'en-us'], ['-v', 'en-us+f3']));
    for (const { value } of heard) {
      const { fromMs, likeness, ...more } = value as { fromMs: number[]; likeness: number[] };
      expect(more).toEqual({});
      expect(likeness).toHaveLength((fromMs.length * (fromMs.length - 1)) / 2);
      for (const one of likeness) expect(Math.abs(one)).toBeLessThanOrEqual(1);
    }
  });
});

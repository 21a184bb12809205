import ort from 'onnxruntime-node';
import { floatsOf, type Model } from './load.js';

/** So much sound the model hears at once, samples at 16 kHz: 160 frames of 25 ms, one each 10 ms. */
export const voiceSamples = 25_840;
/** How many numbers describe a voice. */
const size = 256;
/** Windows that are heard in one run. */
const batch = 8;

/** What the voice in each window of `voiceSamples` sounds like: unit vectors, those of one person near each other. */
export async function voicesIn({ session }: Model, windows: readonly Float32Array[]): Promise<Float32Array[]> {
  const voices: Float32Array[] = [];
  for (let from = 0; from < windows.length; from += batch) {
    const some = windows.slice(from, from + batch);
    const input = new Float32Array(some.length * voiceSamples);
    for (const [index, window] of some.entries()) input.set(window, index * voiceSamples);
    const { voice } = await session.run({ sound: new ort.Tensor('float32', input, [some.length, voiceSamples]) });
    const answer = floatsOf(voice);
    for (let index = 0; index < some.length; index++) voices.push(answer.slice(index * size, (index + 1) * size));
  }
  return voices;
}

/** How alike two voices are: the cosine, 1 for the same. */
export function likenessOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}

import ort from 'onnxruntime-node';
import { floatsOf, type Model } from './load.js';

/** Silero VAD 5 hears 16 kHz in steps of 512 samples (32 ms). */
export const sampleRate = 16_000;
export const stepSamples = 512;
/** Samples before each step that it hears again. */
const contextSamples = 64;

/** So many parts of the sound are heard side by side in one run: one step of each then costs half as much. */
const lanes = 4;
/** So much before its part each lane hears first, steps (10 s): from nothing, the model takes a chair for a voice in its first seconds. */
const warmUpSteps = Math.floor((10 * sampleRate) / stepSamples);

/** Probability of speech, 0 to 1, for each 32 ms of mono sound at 16 kHz. The last step is filled up with silence. */
export async function speechProbabilities(model: Model, samples: Float32Array): Promise<Float32Array> {
  const steps = Math.ceil(samples.length / stepSamples);
  const own = Math.ceil(steps / lanes);
  const probabilities = new Float32Array(steps);
  const length = contextSamples + stepSamples;
  const input = new Float32Array(lanes * length);
  const rate = new ort.Tensor('int64', BigInt64Array.of(BigInt(sampleRate)), []);
  let state: ort.Tensor = new ort.Tensor('float32', new Float32Array(2 * lanes * 128), [2, lanes, 128]);
  for (let at = -Math.min(steps, warmUpSteps); at < own; at++) {
    for (let lane = 0; lane < lanes; lane++) {
      const step = lane * own + at;
      const heard = input.subarray(lane * length, (lane + 1) * length);
      heard.copyWithin(0, stepSamples);
      // Before the sound's beginning stands the beginning itself.
      const from = (step < 0 ? step + Math.min(steps, warmUpSteps) : step) * stepSamples;
      heard.fill(0, contextSamples).set(samples.subarray(from, from + stepSamples), contextSamples);
    }
    const answer = await model.session.run({ input: new ort.Tensor('float32', input, [lanes, length]), state, sr: rate });
    if (answer.stateN) state = answer.stateN;
    if (at < 0) continue;
    const heard = floatsOf(answer.output);
    for (let lane = 0; lane < lanes; lane++) if (lane * own + at < steps) probabilities[lane * own + at] = heard[lane] ?? 0;
  }
  return probabilities;
}

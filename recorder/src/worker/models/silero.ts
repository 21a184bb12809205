import ort from 'onnxruntime-node';
import { floatsOf, type Model } from './load.js';

/** Silero VAD 5 hears 16 kHz in steps of 512 samples (32 ms). */
export const sampleRate = 16_000;
export const stepSamples = 512;
/** Samples before each step that it hears again. */
const contextSamples = 64;

/** So much of the sound is heard once before, samples: from nothing, the model takes a chair for a voice in its first seconds. */
const warmUpSamples = 10 * sampleRate;

/** Probability of speech, 0 to 1, for each 32 ms of mono sound at 16 kHz. The last step is filled up with silence. */
export async function speechProbabilities(model: Model, samples: Float32Array): Promise<Float32Array> {
  const steps = Math.ceil(samples.length / stepSamples);
  const probabilities = new Float32Array(steps);
  const input = new Float32Array(contextSamples + stepSamples);
  const rate = new ort.Tensor('int64', BigInt64Array.of(BigInt(sampleRate)), []);
  let state: ort.Tensor = new ort.Tensor('float32', new Float32Array(2 * 128), [2, 1, 128]);
  const hear = async (step: number): Promise<number> => {
    input.copyWithin(0, stepSamples);
    const heard = samples.subarray(step * stepSamples, (step + 1) * stepSamples);
    input.fill(0, contextSamples).set(heard, contextSamples);
    const answer = await model.session.run({
      input: new ort.Tensor('float32', input, [1, input.length]),
      state,
      sr: rate,
    });
    if (answer.stateN) state = answer.stateN;
    return floatsOf(answer.output)[0] ?? 0;
  };
  for (let step = 0; step < Math.min(steps, warmUpSamples / stepSamples); step++) await hear(step);
  for (let step = 0; step < steps; step++) probabilities[step] = await hear(step);
  return probabilities;
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ort from 'onnxruntime-node';
import { VigilError } from '@vigil/protocol';
import { giveBack } from '../media/cut-out.js';

/** A model that is ready to run. */
export interface Model {
  /** For the detector's stamp: file name and the first 12 digits of its SHA-256. */
  readonly label: string;
  readonly session: ort.InferenceSession;
}

export const modelFolder = fileURLToPath(new URL('../../../models/', import.meta.url));

/** Reads `SHA256SUMS` (`<64 hexadecimal digits>  <file>` a line). */
export function parseSums(text: string): Map<string, string> {
  const lines = text.matchAll(/^([0-9a-f]{64}) [ *](\S+)$/gm);
  return new Map([...lines].map(([, sum = '', file = '']) => [file, sum]));
}

/**
 * Reads a model's file after comparing it with `SHA256SUMS` beside it, and makes its label.
 * @throws {VigilError} `internal`: a file is missing or not the one that was tested.
 */
export async function readModel(file: string, folder = modelFolder): Promise<{ bytes: Buffer; label: string }> {
  const [bytes, sums] = await Promise.all([readFile(`${folder}/${file}`), readFile(`${folder}/SHA256SUMS`, 'utf8')]).catch((cause: unknown) => {
    throw new VigilError('internal', `The model ${file} or its SHA256SUMS is missing. Install Vigil again.`, { cause });
  });
  const sum = createHash('sha256').update(bytes).digest('hex');
  if (sum !== parseSums(sums).get(file))
    throw new VigilError('internal', `The model ${file} is not the one that was tested: its SHA-256 is ${sum}. Install Vigil again.`);
  return { bytes, label: `${file} ${sum.slice(0, 12)}` };
}

/** Loads a model. @throws {VigilError} as `readModel`. */
export async function loadModel(file: string, folder = modelFolder): Promise<Model> {
  const { bytes, label } = await readModel(file, folder);
  // One thread: a second one waits in a busy loop and costs four times the CPU. One process a core does better.
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  return { label, session };
}

/** A float tensor of a model's answer. */
export function floatsOf(tensor: ort.Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new VigilError('internal', 'A model gave an answer of an unknown form.');
  return tensor.data;
}

/** Runs a model that takes one float tensor; the input is the model's, and overwritten afterwards. `names` are the outputs that are worked out, all if left out. */
export async function runModel(
  { session }: Model,
  input: Float32Array,
  dims: readonly number[],
  names: readonly string[] = session.outputNames,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  try {
    return await session.run({ [session.inputNames[0] ?? '']: new ort.Tensor('float32', input, dims) }, names);
  } finally {
    giveBack(input);
  }
}

import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel, modelFolder, parseSums } from './load.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-models-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('models', () => {
  it('are all as SHA256SUMS says', async () => {
    const sums = parseSums(await readFile(join(modelFolder, 'SHA256SUMS'), 'utf8'));
    expect(sums.size).toBe(9);
    for (const [file, sum] of sums)
      expect(createHash('sha256').update(await readFile(join(modelFolder, file))).digest('hex'), file).toBe(sum);
  });

  it('are refused when they are changed or missing, in a sentence', async () => {
    await copyFile(join(modelFolder, 'SHA256SUMS'), join(folder, 'SHA256SUMS'));
    await expect(loadModel('blazeface.onnx', folder)).rejects.toThrow('The model blazeface.onnx or its SHA256SUMS is missing.');
    const bytes = await readFile(join(modelFolder, 'blazeface.onnx'));
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(join(folder, 'blazeface.onnx'), bytes);
    await expect(loadModel('blazeface.onnx', folder)).rejects.toThrow('is not the one that was tested');
  });

  it('carry the first 12 digits of their sum', async () => {
    expect((await loadModel('blazeface.onnx')).label).toBe('blazeface.onnx 7c1be7ebc576');
  });
});

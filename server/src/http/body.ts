import type { IncomingMessage } from 'node:http';
import { VigilError } from '@vigil/protocol';
import type { z } from 'zod';

const maxBytes = 100_000;
const maxDepth = 16;

/**
 * Reads a JSON body and parses it with a schema. At most 100 kB where no other limit is given, at most 16 levels, no compression
 * (so no bomb); the server's request timeout ends a slow one.
 * @throws {VigilError} `tooLarge` or `badInput`, which names the first field that is wrong.
 */
export async function readJson<T extends z.ZodType>(request: IncomingMessage, schema: T, most = maxBytes): Promise<z.output<T>> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new VigilError('badInput', 'The request must be JSON.');
  if (request.headers['content-encoding'] !== undefined)
    throw new VigilError('badInput', 'The request must not be compressed.');
  const value = parseJson((await readBytes(request, most)).toString('utf8'));
  return parseInput(schema, value);
}

/**
 * Parses what came from outside. People read the schema's own sentences only, never the validator's words.
 * @throws {VigilError} `badInput` with the sentence that the schema has for the first thing that is wrong.
 */
export function parseInput<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  // The schema's words come before these.
  const result = schema.safeParse(value, { error: () => '' });
  if (result.success) return result.data;
  throw new VigilError('badInput', result.error.issues.find(({ message }) => message)?.message);
}

/**
 * Reads a body of one of these types, at most so many bytes.
 * @throws {VigilError} `tooLarge`, or `badInput` for another type or an empty body.
 */
export async function readFileBody(request: IncomingMessage, types: readonly string[], most: number): Promise<Buffer> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!types.includes(type)) throw new VigilError('badInput', `The request must be ${types.join(' or ')}.`);
  if (request.headers['content-encoding'] !== undefined) throw new VigilError('badInput', 'The request must not be compressed.');
  const bytes = await readBytes(request, most);
  if (!bytes.length) throw new VigilError('badInput', 'The request is empty.');
  return bytes;
}

async function readBytes(request: IncomingMessage, most: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > most) throw new VigilError('tooLarge');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most) throw new VigilError('tooLarge');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws {VigilError} `badInput` for text that is no JSON, is nested too deeply or reaches for prototypes. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new VigilError('badInput', 'The request is not valid JSON.');
  }
  checkShape(value, 0);
  return value;
}

function checkShape(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth >= maxDepth) throw new VigilError('badInput', 'The request is nested too deeply.');
  // `JSON.parse` makes an own `__proto__`, which a later copy would turn into a prototype.
  if (Object.hasOwn(value, '__proto__')) throw new VigilError('badInput');
  for (const inner of Object.values(value)) checkShape(inner, depth + 1);
}

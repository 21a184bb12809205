import type { HttpRequest, HttpStack } from 'tus-js-client';
import { describe, expect, it } from 'vitest';
import { SendGate } from './send-gate.js';
import { tusUpload, type TusParts } from './tus-upload.js';

const endpoint = 'https://vigil.example/api/student/backfill';
const name = 'webcam-1700000000000-0a1b2c3d';

/** A tus server in memory. */
class FakeTus implements HttpStack {
  requests: string[] = [];
  stored = new Uint8Array();
  metadata = '';
  authorization = '';
  created = 0;
  /** Headers of the answer to the last byte. */
  outcome: Record<string, string> = { 'vigil-piece': 'stored' };
  /** Statuses to answer with before anything is done, in turn; 0: the line breaks. */
  refuse: { status: number; body?: object }[] = [];

  getName = () => 'fake';
  createRequest(method: string, url: string): HttpRequest {
    const headers: Record<string, string> = {};
    return {
      getMethod: () => method,
      getURL: () => url,
      setHeader: (header, value) => void (headers[header.toLowerCase()] = value),
      getHeader: (header) => headers[header.toLowerCase()],
      setProgressHandler: () => undefined,
      getUnderlyingObject: () => undefined,
      abort: () => Promise.resolve(),
      send: async (body: Blob | null) => {
        this.requests.push(`${method} ${body?.size ?? 0}`);
        this.authorization = headers['authorization'] ?? '';
        const refusal = this.refuse.shift();
        if (refusal?.status === 0) throw new Error('the line broke');
        if (refusal) return this.#response(refusal.status, {}, refusal.body);
        if (method === 'POST') {
          this.created += 1;
          this.stored = new Uint8Array();
          this.metadata = headers['upload-metadata'] ?? '';
        }
        if (body) this.stored = new Uint8Array([...this.stored, ...(await body.bytes())]);
        const whole = this.stored.length === 150_000;
        return this.#response(method === 'POST' ? 201 : 204, {
          location: '/api/student/backfill/7',
          'upload-offset': String(this.stored.length),
          'upload-length': '150000',
          ...(whole && this.outcome),
        });
      },
    };
  }

  #response(status: number, headers: Record<string, string>, body?: object) {
    return { getStatus: () => status, getHeader: (header: string) => headers[header.toLowerCase()], getBody: () => JSON.stringify(body ?? ''), getUnderlyingObject: () => undefined };
  }
}

const content = Uint8Array.from({ length: 150_000 }, (_, i) => i % 251);

function world() {
  const server = new FakeTus();
  const remembered: (string | undefined)[] = [];
  const progress: number[] = [];
  let now = 0;
  const gate = new SendGate({ now: () => now, pause: (ms) => Promise.resolve(void (now += ms)) });
  const parts: TusParts = {
    endpoint,
    token: 'a.b.c',
    gate,
    httpStack: server,
    remember: (url) => Promise.resolve(void remembered.push(url)),
  };
  const upload = (url?: string) => tusUpload(name, new Blob([content]), url, parts, (bytes) => void progress.push(bytes));
  return { server, remembered, progress, gate, at: () => now, upload };
}

describe('tusUpload', () => {
  it('sends a piece in parts, the first with its creation', async () => {
    const { server, upload, remembered, progress } = world();
    expect(await upload()).toEqual({ how: 'received' });
    expect(server.requests).toEqual(['POST 64000', 'PATCH 64000', 'PATCH 22000']);
    expect(server.stored).toEqual(content);
    expect(server.metadata).toBe(`piece ${btoa(name)}`);
    expect(server.authorization).toBe('Bearer a.b.c');
    expect(remembered).toEqual([`${endpoint}/7`]);
    expect(progress.at(-1)).toBe(150_000);
  });

  it('goes on where an earlier page stopped', async () => {
    const { server, upload, remembered } = world();
    server.stored = content.slice(0, 100_000);
    expect(await upload(`${endpoint}/7`)).toEqual({ how: 'received' });
    expect(server.requests).toEqual(['HEAD 0', 'PATCH 50000']);
    expect(server.stored).toEqual(content);
    expect(remembered).toEqual([]);
  });

  it('begins anew when the server has forgotten it', async () => {
    const { server, upload } = world();
    server.refuse = [{ status: 404 }];
    expect(await upload(`${endpoint}/7`)).toEqual({ how: 'received' });
    expect(server.requests[1]).toBe('POST 64000');
    expect(server.stored).toEqual(content);
  });

  it('asks where it stands after the line broke, and sends no byte twice', async () => {
    const { server, upload } = world();
    server.stored = content.slice(0, 64_000);
    server.refuse = [{ status: 0 }];
    expect(await upload(`${endpoint}/7`)).toEqual({ how: 'received' });
    expect(server.requests).toEqual(['HEAD 0', 'HEAD 0', 'PATCH 64000', 'PATCH 22000']);
  });

  it.each([
    [410, { reason: 'sendingClosed', message: 'Too late.' }, { how: 'refused', error: { reason: 'sendingClosed' } }],
    [422, { reason: 'pieceInvalid', message: 'Broken.' }, { how: 'refused', error: { reason: 'pieceInvalid' } }],
    [403, '<html>a proxy', { how: 'failed' }],
  ] as const)('hears what the server says: %d', async (status, body, end) => {
    const { server, upload } = world();
    server.refuse = [{ status, body: body as object }];
    expect(await upload()).toMatchObject(end);
  });

  it('is not sure while the server has not said what became of the piece', async () => {
    const { server, upload, remembered } = world();
    server.outcome = {};
    expect(await upload()).toEqual({ how: 'unsure' });
    expect(remembered.at(-1)).toBeUndefined();
  });

  it('sends smaller parts under a limit', async () => {
    const { server, upload, gate, at } = world();
    gate.set({ paused: false, maxBitrate: 240_000 });
    expect(await upload()).toEqual({ how: 'received' });
    expect(server.requests).toEqual(['POST 30000', ...Array<string>(4).fill('PATCH 30000')]);
    expect(at()).toBe(4_000);
  });
});

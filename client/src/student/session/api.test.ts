import { VigilError } from '@vigil/protocol/errors';
import { describe, expect, it } from 'vitest';
import { Unreachable, createApi } from './api.js';

const answering =
  (status: number, body: string, seen: [string, RequestInit | undefined][] = []): typeof fetch =>
  (address, init) => {
    seen.push([address instanceof Request ? address.url : String(address), init]);
    return Promise.resolve(new Response(body, { status }));
  };

describe('createApi', () => {
  it('sends the token and the answer to the notice', async () => {
    const seen: [string, RequestInit | undefined][] = [];
    await createApi('a.b.c', answering(200, '{"id":"x"}', seen)).agree('v1', true);
    expect(seen[0]?.[0]).toBe('/api/student/agreement');
    expect(seen[0]?.[1]).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer a.b.c' }, body: '{"noticeVersion":"v1","agreed":true}' });
  });

  it('sends a picture as it is', async () => {
    const seen: [string, RequestInit | undefined][] = [];
    const picture = new Blob(['jpeg'], { type: 'image/jpeg' });
    await createApi('a.b.c', answering(200, '{"outcome":"like"}', seen)).look(picture);
    expect(seen[0]?.[0]).toBe('/api/student/look');
    expect(seen[0]?.[1]).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer a.b.c' }, body: picture });
  });

  it('asks for the media of a practice with the token, and keeps the range', async () => {
    const seen: [string, RequestInit | undefined][] = [];
    await createApi('a.b.c', answering(206, 'x', seen)).media('/api/student/practice/segments/s', { headers: { range: 'bytes=5-' } });
    expect(seen[0]?.[1]).toMatchObject({ headers: { range: 'bytes=5-', authorization: 'Bearer a.b.c' } });
  });

  it('gives the reason and the sentence of the server', async () => {
    const call = createApi('a.b.c', answering(410, '{"reason":"linkExpired","message":"Too late."}')).attempt();
    await expect(call).rejects.toMatchObject({ reason: 'linkExpired', message: 'Too late.' });
    await expect(call).rejects.toBeInstanceOf(VigilError);
  });

  it.each([
    ['a proxy’s page', answering(502, '<html>Bad gateway</html>')],
    ['an unknown reason', answering(500, '{"reason":"nonsense"}')],
    ['no network', (() => Promise.reject(new TypeError('fetch failed')))],
  ])('calls %s unreachable', async (_name, fetcher) => {
    await expect(createApi('a.b.c', fetcher).session()).rejects.toBeInstanceOf(Unreachable);
  });
});

import { readConfig } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { addressesOf } from './addresses.js';

const at = (environment: Record<string, string>) => {
  const { own, publicUrl, mediaUrl } = addressesOf(readConfig(environment), 8080);
  return { ...own, publicUrl, media: mediaUrl(8081) };
};

test.each([
  [{}, { publicOrigin: '', scheme: 'http', publicUrl: 'http://127.0.0.1:8080', media: 'http://127.0.0.1:8081' }],
  [{ VIGIL_HOST: '0.0.0.0' }, { publicOrigin: '', scheme: 'http', publicUrl: 'http://localhost:8080', media: 'http://localhost:8081' }],
  [{ VIGIL_HOST: 'fd00::1' }, { publicOrigin: '', scheme: 'http', publicUrl: 'http://[fd00::1]:8080', media: 'http://[fd00::1]:8081' }],
  [
    { VIGIL_HOST: '10.0.0.1', VIGIL_TLS_CERT: 'c', VIGIL_TLS_KEY: 'k' },
    { publicOrigin: '', scheme: 'https', publicUrl: 'https://10.0.0.1:8080', media: 'https://10.0.0.1:8081' },
  ],
  [
    { VIGIL_PUBLIC_URL: 'https://vigil.example.edu/' },
    { publicOrigin: 'https://vigil.example.edu', scheme: 'https', publicUrl: 'https://vigil.example.edu', media: 'https://vigil.example.edu:8081' },
  ],
])('%j', (environment, expected) => {
  expect(at(environment)).toEqual(expected);
});

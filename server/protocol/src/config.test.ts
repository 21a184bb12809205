import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.js';

describe('readConfig', () => {
  it('gives defaults for an empty environment, and for empty variables', () => {
    expect(readConfig({})).toEqual(readConfig({ VIGIL_PORT: '', VIGIL_TLS_CERT: '' }));
    expect(readConfig({}).VIGIL_PORT).toBe(8080);
  });

  it('names every wrong variable, its value and its meaning', () => {
    const read = () => readConfig({ VIGIL_PORT: 'eighty', VIGIL_LOG: 'loud', VIGIL_DATA: 'ok' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/VIGIL_PORT=eighty: .*Port for pages/);
    expect(read).toThrow(/VIGIL_LOG=loud: .*How much is logged/);
    expect(read).not.toThrow(/VIGIL_DATA/);
  });

  it('does not repeat a secret', () => {
    const read = () => readConfig({ VIGIL_SECRET: 'too-short', VIGIL_TURN_PASSWORD: 'x' });
    expect(read).toThrow(/VIGIL_SECRET/);
    expect(read).not.toThrow(/too-short/);
  });

  it('asks for certificate and key together', () => {
    expect(() => readConfig({ VIGIL_TLS_CERT: 'cert.pem' })).toThrow(/go together/);
  });
});

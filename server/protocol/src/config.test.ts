import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, settings } from './config.js';

describe('readConfig', () => {
  it('gives defaults for an empty environment, and for empty variables', () => {
    expect(readConfig({})).toEqual(readConfig({ VIGIL_PORT: '', VIGIL_TLS_CERT: '' }));
    expect(readConfig({}).VIGIL_PORT).toBe(8080);
  });

  it('names every wrong variable, its value and its meaning', () => {
    const read = () => readConfig({ VIGIL_PORT: 'eighty', VIGIL_LOG: 'loud', VIGIL_DATA: 'ok' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/VIGIL_PORT must be a whole number from 0 to 65535, not “eighty”\. Port for pages/);
    expect(read).toThrow(/VIGIL_LOG must be debug or info or warn or error, not “loud”\. How much is logged/);
    expect(read).not.toThrow(/VIGIL_DATA/);
  });

  it('says of each setting what it must be, in words of its own', () => {
    for (const name of Object.keys(settings)) {
      for (const value of ['%', '-1', '1e99']) {
        const read = () => readConfig({ [name]: value });
        try {
          read();
        } catch (error) {
          const own = new RegExp(`${name} (must be (an? (whole )?number from|an address|(32|44) characters|\\w+ or )|and VIGIL_TLS_KEY|go together)`);
          expect(String(error)).toMatch(name === 'VIGIL_TLS_KEY' ? /go together/ : own);
        }
      }
    }
    expect(() => readConfig({ VIGIL_PORT: '80.5' })).toThrow(/must be a whole number/);
    expect(() => readConfig({ VIGIL_TRUST_PROXY: 'yes' })).toThrow(/VIGIL_TRUST_PROXY must be true or false, not “yes”/);
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

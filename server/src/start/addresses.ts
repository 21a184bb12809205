import type { Config } from '@vigil/protocol';
import type { OwnAddress } from '../http/security.js';

/** Where browsers find this process and the others. */
export interface Addresses {
  own: OwnAddress;
  /** Origin of the pages, for links and for the operator. */
  publicUrl: string;
  /** Origin of the media process that listens on a port. */
  mediaUrl: (port: number) => string;
}

/** Derives the addresses from the configuration and the port that was taken. */
export function addressesOf(config: Config, port: number): Addresses {
  const configured = config.VIGIL_PUBLIC_URL ? new URL(config.VIGIL_PUBLIC_URL) : undefined;
  const scheme = configured ? (configured.protocol === 'https:' ? 'https' : 'http') : config.VIGIL_TLS_CERT ? 'https' : 'http';
  const everywhere = config.VIGIL_HOST === '0.0.0.0' || config.VIGIL_HOST === '::';
  const host = everywhere ? 'localhost' : config.VIGIL_HOST.includes(':') ? `[${config.VIGIL_HOST}]` : config.VIGIL_HOST;
  const originAt = (at: number): string => new URL(`${scheme}://${configured?.hostname ?? host}:${at}`).origin;
  return {
    own: { publicOrigin: configured?.origin ?? '', scheme },
    publicUrl: configured?.origin ?? originAt(port),
    mediaUrl: originAt,
  };
}

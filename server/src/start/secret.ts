import { keptKey } from '@vigil/recorder/evidence';

/** The key that signs links and sessions: the configured one, else the one in `<data>/keys/secret`. */
export const readSecret = async (configured: string, data: string): Promise<string> => configured || (await keptKey(data, 'secret'));

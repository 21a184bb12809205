export { keptKey, masterKey } from './key-file.js';
export { Keys, type KeyDocument, type Sealer } from './keys.js';
export { seal, unseal } from './seal.js';

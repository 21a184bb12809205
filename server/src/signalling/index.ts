export { startMedia } from './start-media.js';
export type { Media, MediaOptions } from './start-media.js';

export { advance, note } from './advance.js';
export type { Change } from './advance.js';
export { fromDatabase, isDatabaseAway } from './database-away.js';
export { hasEnded, isAllowed, transitions } from './progress.js';
export type { Transition } from './progress.js';
export { openSession } from './sessions.js';
export type { SessionOptions } from './sessions.js';

export * from './attempts.js';
export * from './config.js';
export * from './errors.js';
export * from './findings.js';
export * from './http.js';
export * from './ids.js';
export * from './segments.js';
export * from './signalling.js';

export * from './attempts.js';
export * from './courses.js';
export * from './database.js';
export * from './exams.js';
export * from './findings.js';
export * from './media-nodes.js';
export { newId, trusted } from './mongoose.js';
export * from './segments.js';
export * from './users.js';

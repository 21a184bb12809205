import { z } from 'zod';
import { Id } from './ids.js';

/** Text that stood on a student's screen, as it was read. Server wall clock, ms since 1970. */
export const ScreenText = z.object({ startMs: z.number(), endMs: z.number(), text: z.string() });
export type ScreenText = z.infer<typeof ScreenText>;

/** Words to look for on a screen, whole or in part, as they follow each other. */
export const WordsQuery = z.object({
  q: z.string('Write what to look for.').trim().min(2, 'Write at least 2 characters.').max(80, 'At most 80 characters can be looked for.'),
});

/** A time in which the words stood on the screen, with what stood around them when they came. */
export const WordsMoment = z.object({ startMs: z.number(), endMs: z.number(), before: z.string(), hit: z.string(), after: z.string() });
export type WordsMoment = z.infer<typeof WordsMoment>;

/** Where words were read in an attempt, in order of time. `more`: not all are given. */
export const AttemptWords = z.object({ moments: z.array(WordsMoment), more: z.boolean() });
export type AttemptWords = z.infer<typeof AttemptWords>;

/** In which attempts of an exam words were read, how often, and when first (server wall clock, ms since 1970); those where they were not are left out. */
export const ExamWords = z.object({ attempts: z.array(z.object({ attempt: Id, moments: z.number(), firstMs: z.number() })) });
export type ExamWords = z.infer<typeof ExamWords>;

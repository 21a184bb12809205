import { z } from 'zod';
import { Evidence, Progress } from './attempts.js';
import { FindingKind } from './findings.js';
import { Id } from './ids.js';

/** By what the list of an exam's attempts can be sorted. */
export const OverviewSort = z.enum(['points', 'name', 'state', 'started', 'length', 'incidents', 'missing', 'quality', 'analysis', 'reviewed']);
export type OverviewSort = z.infer<typeof OverviewSort>;

/** How far the recorder workers are with an attempt. */
export const AnalysisProgress = z.enum(['none', 'pending', 'running', 'up-to-date', 'done', 'failed']);
export type AnalysisProgress = z.infer<typeof AnalysisProgress>;

/** What an instructor chose to see of an exam's attempts, and in which order. An empty list of something chooses all. */
export const OverviewView = z.object({
  sort: OverviewSort.default('points'),
  descending: z.boolean().default(true),
  states: z.array(Progress).max(40).default([]),
  analysis: z.array(AnalysisProgress).max(40).default([]),
  evidence: z.array(Evidence).max(40).default([]),
  /** With an incident of any of these. */
  kinds: z.array(FindingKind).max(40).default([]),
  /** Only where something that was asked for is not in the record. */
  incomplete: z.boolean().default(false),
  /** Only those far above the class. */
  outliers: z.boolean().default(false),
  /** Only those that nobody has marked as reviewed. */
  unreviewed: z.boolean().default(false),
  /** In the name or the address. */
  text: z.string().max(200).default(''),
  /** On the screen. */
  words: z.string().max(80).default(''),
});
export type OverviewView = z.infer<typeof OverviewView>;

const name = 'Give the view a name of 1 to 60 characters.';
/** A view under a name; the same name again takes its place. */
export const ViewBody = z.object({ name: z.string(name).trim().min(1, name).max(60, name), view: OverviewView });

/** A view as its instructor saved it, for one exam. */
export const SavedView = z.object({ id: Id, name: z.string(), view: OverviewView });
export type SavedView = z.infer<typeof SavedView>;

/** Marks attempts of an exam as reviewed, or takes the mark away. */
export const ReviewedBody = z.object({ attempts: z.array(Id).min(1, 'Choose an attempt.').max(2_000, 'At most 2000 attempts can be marked at once.'), reviewed: z.boolean() });

/** Who said last that they have looked at an attempt, and when, ms since 1970. It says nothing of what they found. */
export const Reviewed = z.object({ atMs: z.number(), by: z.string() });
export type Reviewed = z.infer<typeof Reviewed>;

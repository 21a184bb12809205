import type { AttemptSummary, AttemptTimeline, AttemptWords, CourseSummary, ExamDetail, ExamWords, Finding, IncidentRules, NewAttemptAnswer, NewAttemptBody, Progress, RequestKind } from '@vigil/protocol';
import { incidentsOf, mimeTypeOf, rankOf, rulesOf, sameTerms, sourcesOf, termsOf, trackOf } from '@vigil/protocol';
import type { SegmentDocument, TimelineIncident, TimelineSegment } from '@vigil/protocol';
import type { z } from 'zod';
import { examForStudent } from '../attempts/for-student.js';
import { gapsOf, pausedMs, recordOf } from '../attempts/gaps.js';
import { sendUntil } from '../backfill/backfill.js';
import { linkOf } from '../links/links.js';
import type { AttemptOutline, ResolutionDocument, UserDocument } from '../store/index.js';
import { countAttempts, coursesOf, examById, examsOf, findingsOf, judgingOf, newRepliesIn, outlinesOf, resolutionsOf, reviewNotesOf, screenTextsWith, segmentsOf } from '../store/index.js';
import { attemptFor, examFor } from './access.js';
import { analysisOf } from './analysis.js';
import { AttemptFacts, type Facts } from './attempt-facts.js';
import { possibleMoves } from './decisions.js';
import { newAttempt } from './new-attempt.js';
import { outlierLimit } from './outliers.js';
import { noteView } from './notes.js';
import { partsOf, type Part } from './parts.js';
import { resolutionView } from './resolutions.js';
import { matchResolutions, setAsideIn } from './resolved.js';
import { Moments, patternOf } from './words.js';

export interface ReviewOptions {
  secret: string;
  /** Origin of the students' pages. */
  publicUrl: string;
  /** Days until a new link expires. */
  linkDays: number;
  /** Hours after an attempt's end in which its browser may send what it kept. */
  backfillHours: number;
  now: () => number;
}

/** More moments of one attempt are not given. */
const mostMoments = 200;

/** The list of attempts waits so long for what has to be counted first, ms. */
const patienceMs = 400;
/** What is told of an attempt until it is counted. */
const uncounted: Facts = { analysis: 'none', rank: { points: 0, terms: [] }, missingSeconds: 0, missingBySource: {}, missingNow: [] };

const time = (date: Date | undefined): number | null => date?.getTime() ?? null;

/** What an instructor sees. Authorisation is the first line of each method (`access.ts`). */
export class ReviewService {
  readonly #options: ReviewOptions;
  readonly #facts: AttemptFacts;

  constructor(options: ReviewOptions) {
    this.#options = options;
    this.#facts = new AttemptFacts(options.now);
  }

  /** The user's own courses, each with its exams. */
  async courses(user: UserDocument): Promise<CourseSummary[]> {
    const courses = await coursesOf(user._id);
    const exams = await examsOf(courses.map(({ _id }) => _id));
    const counts = await countAttempts(exams.map(({ _id }) => _id));
    const countOf = (id: string, only?: Progress): number =>
      counts.filter(({ exam, progress }) => exam === id && (only === undefined || progress === only)).reduce((sum, { count }) => sum + count, 0);
    return courses.map(({ _id, name, code }) => ({
      id: _id,
      name,
      code,
      exams: exams
        .filter(({ course }) => course === _id)
        .map((exam) => ({
          id: exam._id,
          title: exam.title,
          durationMinutes: exam.durationMinutes,
          opensAtMs: time(exam.opensAt),
          closesAtMs: time(exam.closesAt),
          attempts: countOf(exam._id),
          recording: countOf(exam._id, 'recording'),
          submitted: countOf(exam._id, 'submitted'),
        })),
    }));
  }

  /** An exam with its attempts. @throws {VigilError} `notFound`. */
  async exam(user: UserDocument, id: string): Promise<ExamDetail> {
    const { exam, course } = await examFor(user, id);
    const [outlines, newReplies] = await Promise.all([outlinesOf(id), newRepliesIn(id)]);
    const { facts: known, more } = await this.#facts.soon(exam, outlines, patienceMs);
    const attempts = outlines.map((attempt) => ({ attempt, facts: known.get(attempt._id) ?? { ...uncounted, counting: true as const } }));
    // Those that are still being analysed would make the middle too low, and those that are not counted yet are unknown.
    const all = outlines.every(({ _id }) => known.has(_id));
    const limit = all ? outlierLimit(attempts.filter(({ facts }) => facts.analysis === 'done').map(({ facts }) => facts.rank.points)) : undefined;
    return {
      id,
      title: exam.title,
      course: { id: course._id, name: course.name, code: course.code },
      durationMinutes: exam.durationMinutes,
      opensAtMs: time(exam.opensAt),
      closesAtMs: time(exam.closesAt),
      rules: exam.rules,
      nowMs: this.#options.now(),
      outlierPoints: limit ?? null,
      more,
      attempts: attempts.map(({ attempt, facts }) => ({
        id: attempt._id,
        student: attempt.student,
        progress: attempt.progress,
        evidence: attempt.evidence,
        review: attempt.review ?? 'none',
        openedAtMs: time(attempt.openedAt),
        declinedAtMs: time(attempt.declinedAt),
        startedAtMs: time(attempt.startedAt),
        finishedAtMs: time(attempt.finishedAt),
        ...(attempt.pauses && { pausedMs: pausedMs(attempt) }),
        ...facts,
        outlier: limit !== undefined && facts.rank.points > limit,
        ...(attempt.accommodations && { accommodations: attempt.accommodations }),
        ...(attempt.terms && !sameTerms(attempt.terms, termsOf(exam)) && { terms: attempt.terms }),
        ...(attempt.reviewed && { reviewed: { atMs: attempt.reviewed.at.getTime(), by: attempt.reviewed.by.name } }),
        ...fromStudent(attempt.requests, newReplies.get(attempt._id)),
      })),
    };
  }

  /** Adds an attempt for a student; the answer's link is theirs alone. @throws {VigilError} `notFound`. */
  async addAttempt(user: UserDocument, examId: string, student: z.infer<typeof NewAttemptBody>): Promise<NewAttemptAnswer> {
    const { exam } = await examFor(user, examId);
    const { secret, publicUrl, linkDays, now } = this.#options;
    const attempt = await newAttempt(exam, student, linkDays, now());
    return {
      attempt: attempt._id,
      link: linkOf(secret, publicUrl, attempt, now()),
      expiresAtMs: attempt.linkExpiresAt.getTime(),
    };
  }

  /** Everything the review page shows of an attempt. @throws {VigilError} `notFound`. */
  async timeline(user: UserDocument, id: string): Promise<AttemptTimeline> {
    const attempt = await attemptFor(user, id);
    const [exam, segments] = await Promise.all([examById(attempt.exam), segmentsOf([id])]);
    // attemptFor found its course; an attempt without exam cannot be made.
    if (!exam) throw new Error(`attempt ${id} has no exam`);
    // In this order, as `AttemptFacts` reads them: what is told to be done has all its findings.
    const judging = await judgingOf(exam, [attempt]);
    const [findings, resolutions, notes] = await Promise.all([findingsOf([id]), resolutionsOf([id]), reviewNotesOf(id)]);
    const record = recordOf(attempt, exam, segments, attempt.history, this.#options.now());
    const gaps = gapsOf(record);
    const { rules } = examForStudent(exam, attempt);
    const tracks = [...new Set(sourcesOf(rules).map(trackOf))];
    return {
      id,
      student: attempt.student,
      exam: { id: exam._id, title: exam.title, rules },
      ...(attempt.accommodations && { accommodations: attempt.accommodations }),
      progress: attempt.progress,
      evidence: attempt.evidence,
      sendUntilMs: attempt.allSentAt ? null : sendUntil(attempt, this.#options.backfillHours),
      analysis: analysisOf(attempt.progress, segments.map(({ analysis }) => analysis.state), judging.get(id)),
      ...record.window,
      tracks: tracks.map((track) => ({
        track,
        segments: partsOf(segments.filter((segment) => segment.track === track)).map(segmentView),
        gaps: gaps.get(track) ?? [],
      })),
      ...timelineIncidents(findings, rulesOf(rules), resolutions),
      review: attempt.review ?? 'none',
      decisions: attempt.decisions ?? [],
      moves: possibleMoves(attempt, exam, user._id),
      notes: notes.map(noteView),
      history: attempt.history,
    };
  }

  /** When words stood on the screen in an attempt. @throws {VigilError} `notFound`. */
  async words(user: UserDocument, id: string, words: string): Promise<AttemptWords> {
    await attemptFor(user, id);
    const pattern = patternOf(words);
    const moments = new Moments(pattern);
    for await (const text of screenTextsWith([id], pattern)) {
      moments.add(text);
      if (moments.all.length > mostMoments) break;
    }
    return { moments: moments.all.slice(0, mostMoments), more: moments.all.length > mostMoments };
  }

  /** In which attempts at an exam words stood on the screen. @throws {VigilError} `notFound`. */
  async examWords(user: UserDocument, id: string, words: string): Promise<ExamWords> {
    await examFor(user, id);
    const pattern = patternOf(words);
    const found = new Map<string, Moments>();
    for await (const text of screenTextsWith((await outlinesOf(id)).map(({ _id }) => _id), pattern)) {
      const moments = found.get(text.attempt) ?? new Moments(pattern);
      moments.add(text);
      found.set(text.attempt, moments);
    }
    return { attempts: [...found].flatMap(([attempt, { all }]) => (all[0] ? [{ attempt, moments: all.length, firstMs: all[0].startMs }] : [])) };
  }
}

/** What waits for an instructor in an attempt; nothing: it is left out. */
function fromStudent(requests: AttemptOutline['requests'] = [], newReplies = 0): Pick<AttemptSummary, 'fromStudent'> {
  const waits = (kind: RequestKind): boolean => requests.some((one) => one.kind === kind && !one.answer);
  const [dispute, erasure] = [waits('dispute'), waits('erasure')];
  return newReplies > 0 || dispute || erasure ? { fromStudent: { newReplies, dispute, erasure } } : {};
}

function segmentView({ segment, startMs, endMs }: Part<SegmentDocument>): TimelineSegment {
  return {
    id: segment._id,
    epoch: segment.epoch,
    startMs,
    durationMs: endMs - startMs,
    zeroMs: segment.startMs,
    backfill: segment.backfill !== undefined,
    bytes: segment.bytes,
    mimeType: mimeTypeOf(segment),
    ...(segment.video && { width: segment.video.width, height: segment.video.height }),
    analysis: segment.analysis.state,
  };
}

/** The incidents with what was said of them, and what follows from both. */
function timelineIncidents(findings: Finding[], rules: IncidentRules, resolutions: ResolutionDocument[]): Pick<AttemptTimeline, 'incidents' | 'lostResolutions' | 'rank'> {
  const byId = new Map(findings.map((finding) => [finding._id, finding]));
  const all = incidentsOf(findings, rules);
  const { held, lost } = matchResolutions(all, resolutions);
  const incidents = all.flatMap((incident): TimelineIncident[] => {
    const first = byId.get(incident.id);
    const resolution = held.get(incident);
    return first ? [{ ...incident, evidence: first.evidence.type, ...(resolution && { resolution: resolutionView(resolution) }) }] : [];
  });
  return { incidents, lostResolutions: lost.map(resolutionView), rank: rankOf(findings, rules, setAsideIn(held)) };
}


import type { AttemptTimeline, CourseSummary, ExamDetail, Finding, NewAttemptAnswer, NewAttemptBody } from '@vigil/protocol';
import { mergeFindings, mimeTypeOf, sourcesOf, trackOf } from '@vigil/protocol';
import type { SegmentDocument, TimelineHappening, TimelineSegment } from '@vigil/protocol';
import type { z } from 'zod';
import { linkOf } from '../links/links.js';
import type { AttemptDocument, ExamDocument, UserDocument } from '../store/index.js';
import { attemptsOf, coursesOf, examById, examsOf, findingsOf, segmentsOf } from '../store/index.js';
import { attemptFor, examFor } from './access.js';
import { analysisOf } from './analysis.js';
import { gapsOf, missingSeconds } from './gaps.js';
import type { Interval } from './intervals.js';
import { newAttempt } from './new-attempt.js';

export interface ReviewOptions {
  secret: string;
  /** Origin of the students' pages. */
  publicUrl: string;
  /** Days until a new link expires. */
  linkDays: number;
  now: () => number;
}

const time = (date: Date | undefined): number | null => date?.getTime() ?? null;

/** What an instructor sees. Authorisation is the first line of each method (`access.ts`). */
export class ReviewService {
  readonly #options: ReviewOptions;

  constructor(options: ReviewOptions) {
    this.#options = options;
  }

  /** The user's own courses, each with its exams. */
  async courses(user: UserDocument): Promise<CourseSummary[]> {
    const courses = await coursesOf(user._id);
    const exams = await examsOf(courses.map(({ _id }) => _id));
    const attempts = await attemptsOf(exams.map(({ _id }) => _id));
    return courses.map(({ _id, name, code }) => ({
      id: _id,
      name,
      code,
      exams: exams
        .filter(({ course }) => course === _id)
        .map((exam) => {
          const own = attempts.filter((attempt) => attempt.exam === exam._id);
          return {
            id: exam._id,
            title: exam.title,
            durationMinutes: exam.durationMinutes,
            opensAtMs: time(exam.opensAt),
            closesAtMs: time(exam.closesAt),
            attempts: own.length,
            recording: own.filter(({ progress }) => progress === 'recording').length,
            submitted: own.filter(({ progress }) => progress === 'submitted').length,
          };
        }),
    }));
  }

  /** An exam with its attempts. @throws {VigilError} `notFound`. */
  async exam(user: UserDocument, id: string): Promise<ExamDetail> {
    const { exam, course } = await examFor(user, id);
    const attempts = await attemptsOf([id]);
    const ids = attempts.map(({ _id }) => _id);
    const [segments, findings] = await Promise.all([segmentsOf(ids), findingsOf(ids)]);
    const segmentsBy = byAttempt(segments);
    const findingsBy = byAttempt(findings);
    return {
      id,
      title: exam.title,
      course: { id: course._id, name: course.name, code: course.code },
      durationMinutes: exam.durationMinutes,
      rules: exam.rules,
      attempts: attempts.map((attempt) =>
        this.#summary(attempt, exam, segmentsBy.get(attempt._id) ?? [], findingsBy.get(attempt._id) ?? []),
      ),
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
    const [exam, segments, findings] = await Promise.all([examById(attempt.exam), segmentsOf([id]), findingsOf([id])]);
    // attemptFor found its course; an attempt without exam cannot be made.
    if (!exam) throw new Error(`attempt ${id} has no exam`);
    const { window, gaps } = this.#coverage(attempt, exam, segments);
    const tracks = [...new Set(sourcesOf(exam.rules).map(trackOf))];
    return {
      id,
      student: attempt.student,
      exam: { id: exam._id, title: exam.title, rules: exam.rules },
      progress: attempt.progress,
      analysis: analysisOf(attempt.progress, segments.map(({ analysis }) => analysis.state)),
      ...window,
      tracks: tracks.map((track) => ({
        track,
        segments: segments.filter((segment) => segment.track === track).map(segmentView),
        gaps: gaps.get(track) ?? [],
      })),
      happenings: happeningsOf(findings),
      history: attempt.history,
    };
  }

  #summary(
    attempt: AttemptDocument,
    exam: ExamDocument,
    segments: SegmentDocument[],
    findings: Finding[],
  ): ExamDetail['attempts'][number] {
    const counts: ExamDetail['attempts'][number]['findings'] = {};
    for (const { kind } of mergeFindings(findings)) counts[kind] = (counts[kind] ?? 0) + 1;
    return {
      id: attempt._id,
      student: attempt.student,
      progress: attempt.progress,
      startedAtMs: time(attempt.startedAt),
      finishedAtMs: time(attempt.finishedAt),
      analysis: analysisOf(attempt.progress, segments.map(({ analysis }) => analysis.state)),
      findings: counts,
      missingSeconds: missingSeconds(this.#coverage(attempt, exam, segments).gaps),
    };
  }

  /** The window that should be in the record, and what of it is not. Before the start it is empty. */
  #coverage(
    { startedAt, finishedAt, createdAt, progress, history }: AttemptDocument,
    { rules }: ExamDocument,
    segments: SegmentDocument[],
  ): { window: Interval; gaps: ReturnType<typeof gapsOf> } {
    const startMs = (startedAt ?? createdAt).getTime();
    const endMs = startedAt ? (finishedAt?.getTime() ?? this.#options.now()) : startMs;
    const window = { startMs, endMs };
    return { window, gaps: gapsOf({ window, progress, rules, segments, history }) };
  }
}

function byAttempt<T extends { attempt: string }>(documents: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const document of documents) {
    const group = groups.get(document.attempt);
    if (group) group.push(document);
    else groups.set(document.attempt, [document]);
  }
  return groups;
}

function segmentView(segment: SegmentDocument): TimelineSegment {
  return {
    id: segment._id,
    epoch: segment.epoch,
    startMs: segment.startMs,
    durationMs: segment.durationMs,
    bytes: segment.bytes,
    mimeType: mimeTypeOf(segment),
    ...(segment.video && { width: segment.video.width, height: segment.video.height }),
    analysis: segment.analysis.state,
  };
}

function happeningsOf(findings: Finding[]): TimelineHappening[] {
  const byId = new Map(findings.map((finding) => [finding._id, finding]));
  return mergeFindings(findings).flatMap((happening) => {
    const first = byId.get(happening.id);
    return first ? [{ ...happening, evidence: first.evidence.type }] : [];
  });
}


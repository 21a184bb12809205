import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Config, Finding, Incident, SegmentDocument } from '@vigil/protocol';
import { incidentsOf, mimeTypeOf, rulesFor, rulesOf } from '@vigil/protocol';
import { keptUntil } from '../privacy/kept-until.js';
import type { MediaFiles } from '../review/media-files.js';
import { matchResolutions } from '../review/resolved.js';
import type { AttemptDocument, ReleaseDocument, ResolutionDocument } from '../store/index.js';
import { browserEventsOf, findingsOf, resolutionsOf, screenTextsOf, seenReleasesOf, segmentsOf } from '../store/index.js';
import { contextOf, requestView } from './after-exam.js';
import { matchReleases } from './shown.js';

/** A file in the ZIP. */
interface Entry {
  name: string;
  lastModified: Date;
  input: string | AsyncIterable<Uint8Array | string>;
}

/**
 * What a student downloads, file by file; each is opened when it is its turn (GDPR, articles 15 and 20).
 *
 * What programs marked is in it where an instructor has shown it, and all of it once a person has decided: before that nobody may have looked
 * at it. Instructors are not named. What they wrote freely is left out, since it can be about others: a person has to read it
 * first. Detectors' thresholds are not about the student. What was shown at an onboarding is kept apart, sealed. `README.txt` says so.
 */
export async function* entriesOf(attempt: AttemptDocument, config: Config, files: MediaFiles, nowMs: number): AsyncGenerator<Entry, void, undefined> {
  const { exam, course } = await contextOf(attempt);
  const [segments, releases, resolutions, findings] = await Promise.all([segmentsOf([attempt._id]), seenReleasesOf(attempt._id, nowMs), resolutionsOf([attempt._id]), findingsOf([attempt._id])]);
  const incidents = incidentsOf(findings, rulesOf(rulesFor(exam.rules, attempt.accommodations)));
  const shown = matchReleases(incidents, releases);
  const decided = attempt.review === 'cleared' || attempt.review === 'violation';
  const included = decided ? incidents : incidents.filter((one) => [...shown.values()].includes(one));
  const absent: string[] = [];
  const entry = (name: string, input: Entry['input']): Entry => ({ name, lastModified: new Date(nowMs), input });
  const json = (name: string, content: unknown): Entry => entry(name, `${JSON.stringify(content, undefined, 2)}\n`);

  yield entry('README.txt', readme(decided, config));
  yield json('attempt.json', {
    student: attempt.student,
    course: course.name,
    exam: exam.title,
    number: attempt.number,
    progress: attempt.progress,
    ...(attempt.accommodations && { accommodations: attempt.accommodations }),
    openedAt: attempt.openedAt,
    startedAt: attempt.startedAt,
    endedAt: attempt.finishedAt,
    keptUntil: dateOf(keptUntil(attempt, exam)),
    held: attempt.evidence === 'held',
    agreement: attempt.agreement,
    onboarding: attempt.onboarding === undefined ? 'none' : attempt.onboarding === 'declined' ? 'declined' : 'agreed',
    ...(attempt.freshLook && { faceCompared: attempt.freshLook }),
    clocks: attempt.clocks?.map(({ atMs, offsetMs, errorMs }) => ({ at: dateOf(atMs), offsetMs, errorMs })),
    // Without an instructor's words: for how long it was opened again, not why.
    history: attempt.history.map(({ atMs, ...event }) => ({ at: dateOf(atMs), ...event, ...(event.kind === 'reopened' && { detail: event.detail?.split(':', 1)[0] }) })),
    review: decided ? { state: attempt.review, steps: attempt.decisions?.map(({ atMs, move, to }) => ({ at: dateOf(atMs), move, to, by: 'an instructor' })) } : { state: 'not decided' },
    requests: (attempt.requests ?? []).map(requestView),
  });
  yield json('findings.json', findingsView(included, resolutions, releases, shown, decided));
  yield entry('browser-events.json', listed(browserEventsOf(attempt._id), ({ atMs, event: { id: _id, ...event } }) => ({ ...event, at: dateOf(atMs) })));
  yield entry('screen-words.json', listed(screenTextsOf(attempt._id), ({ startMs, endMs, text }) => ({ from: dateOf(startMs), to: dateOf(endMs), text })));
  yield json('recording.json', segments.map(segmentView));
  const byId = new Map(findings.map((finding) => [finding._id, finding]));
  const pictures = included.flatMap(({ id }) => byId.get(id) ?? []).map((finding) => [pictureName(finding), files.pictureOf(finding)] as const);
  for (const [name, path] of [...pictures, ...segments.map((segment) => [segmentName(segment), files.segmentOf(segment)] as const)]) {
    const stream = path === undefined ? undefined : await openFile(path);
    if (!stream) absent.push(name);
    else
      try {
        yield entry(name, stream);
      } finally {
        // Also when the student's browser goes away in the middle of it.
        stream.destroy();
      }
  }
  if (absent.length) yield json('not-there-any-more.json', absent);
}

const dateOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
const segmentName = ({ track, epoch, sequence }: SegmentDocument): string => `recording/${track}/${epoch}-${String(sequence).padStart(5, '0')}.webm`;
const pictureName = ({ kind, startMs, evidence }: Finding): string => `pictures/${kind}-${Math.round(startMs)}${extname(evidence.file)}`;

/** The file as a stream; undefined: it is not there. */
async function openFile(path: string): Promise<ReturnType<Awaited<ReturnType<typeof open>>['createReadStream']> | undefined> {
  const file = await open(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return file?.createReadStream();
}

/** A list as JSON, one line each, without ever having all of it in memory. */
async function* listed<T>(from: AsyncIterable<T>, view: (one: T) => object): AsyncGenerator<string, void, undefined> {
  let before = '[\n';
  for await (const one of from) {
    yield `${before}${JSON.stringify(view(one))}`;
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

function segmentView(segment: SegmentDocument): object {
  const { startMs, durationMs, bytes, sha256, gaps, backfill } = segment;
  const missing = gaps.map((gap) => ({ source: gap.source, from: dateOf(gap.startMs), to: dateOf(gap.endMs), cause: gap.cause }));
  return { file: segmentName(segment), type: mimeTypeOf(segment), startsAt: dateOf(startMs), seconds: durationMs / 1_000, bytes, sha256, sentLater: backfill !== undefined, missing };
}

function findingsView(included: readonly Incident[], resolutions: readonly ResolutionDocument[], releases: readonly ReleaseDocument[], shown: ReadonlyMap<string, Incident>, decided: boolean): object[] {
  const said = matchResolutions(included, resolutions).held;
  const replies = new Map([...shown].map(([id, incident]) => [incident, releases.find(({ _id }) => _id === id)?.replies]));
  const rows = included.map((incident) => ({
    kind: incident.kind,
    from: dateOf(incident.startMs),
    to: dateOf(incident.endMs),
    recording: incident.track,
    detail: incident.detail,
    confidence: incident.confidence,
    detector: `${incident.detector.name} ${incident.detector.version}`,
    ...(decided && { aPersonSaid: said.get(incident)?.verdict ?? 'nothing' }),
    yourReply: versions(replies.get(incident)),
  }));
  const gone = releases
    .filter(({ _id }) => !shown.has(_id))
    .map(({ kind, startMs, endMs, detail, replies: own }) => ({ kind, from: dateOf(startMs), to: dateOf(endMs), detail, notThereAnyMore: true, yourReply: versions(own) }));
  return [...rows, ...gone];
}

const versions = (replies: ReleaseDocument['replies'] = []): object[] => replies.map(({ atMs, text }) => ({ at: dateOf(atMs), text }));

const readme = (decided: boolean, { VIGIL_CONTACT: contact, VIGIL_INSTITUTION: institution }: Config): string =>
  `Your exam, as it is kept${institution && ` by ${institution}`}

attempt.json         who you are, the exam, what you agreed to word for word, what happened, what you asked for and the answers
findings.json        what programs marked: ${decided ? 'all of it, and what a person said of it' : 'what an instructor has shown you'}; and your replies
browser-events.json  what the page noted of your browser
screen-words.json    words that a program read on your screen
recording.json       the files of the recording: when each begins, how long it lasts, what is missing in it
recording/           camera and microphone (webcam), and screen: WebM files, which most browsers and VLC play
pictures/            the pictures of what is in findings.json

Times are in UTC.

What is not in it
- ${decided ? 'Instructors’ names' : 'What programs marked and no instructor has shown you: it is in this file once a person has decided. Instructors’ names'}.
- Notes and reasons that instructors wrote: they can be about other people, so a person has to read them first.
- Pictures that you showed at an onboarding: they are kept apart, and sealed.
Ask for these: ${contact}.
`;

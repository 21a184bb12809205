import type { AttemptEvent, Announcements, GapCause, Id, Source } from '@vigil/protocol';
import { sourcesOf } from '@vigil/protocol';
import type { ExamRules } from '@vigil/protocol';
import type { AttemptRecorder, SourceInput } from '@vigil/recorder/capture';
import { indexSegment } from '../store/segments.js';
import type { MutedCause, Room } from '../sfu/room.js';
import type { Tap } from '../sfu/tap.js';
import type { ByteBudget } from './byte-budget.js';
import type { MediaContext } from './context.js';

type State = Omit<Announcements['recording'], 'source'>;

/** What a recording belongs to. */
export interface RecordingOptions {
  context: MediaContext;
  attempt: Id;
  rules: ExamRules;
  /** Its segments stay out of the index: nobody but the student sees them, and no program looks through them. */
  practice: boolean;
  room: Room;
  announce: (announcement: Announcements['recording']) => void;
  note: (event: Omit<AttemptEvent, 'atMs'>) => void;
  /** What the attempt may send. */
  budget: Pick<ByteBudget, 'take'>;
  /** The recorder failed, and records nothing more. */
  onFailure: (recording: Recording) => void;
}

/** One unbroken recording of an attempt: its recorder, and the taps that feed it. */
export class Recording {
  readonly #options: RecordingOptions;
  readonly #recorder: AttemptRecorder;
  readonly #taps = new Map<Source, { input?: SourceInput; tap?: Tap }>();
  /** What the recorder last said of each source that the exam asks for. */
  readonly #states = new Map<Source, State>();
  readonly #announced = new Map<Source, string>();
  #diskFails = false;
  #flooded = false;
  #closing: Promise<void> | undefined;

  constructor(options: RecordingOptions) {
    const { context, attempt, rules, practice } = options;
    this.#options = options;
    const expected = sourcesOf(rules);
    for (const source of expected) this.#states.set(source, { state: 'not-recorded', cause: 'not-published' });
    this.#recorder = context.createRecorder({
      folder: practice ? context.practiceFolder : context.segmentsFolder,
      attempt,
      now: context.now,
      expected,
      segmentMs: context.segmentMs,
      onSegment: (sidecar) => {
        if (!practice) context.queue.push('segment', () => indexSegment(sidecar, context.now())).catch(() => undefined);
      },
      onKeyFrameNeeded: (source) => this.#taps.get(source)?.tap?.requestKeyFrame(),
      onState: (source, state, cause) => {
        this.#states.set(source, { state, ...(cause && { cause }) });
        this.announceChanges();
      },
      onDisk: (state, error) => this.#onDisk(state, error),
      onFailure: (error) => {
        context.logger.error({ attempt, err: error }, 'recording failed');
        options.onFailure(this);
      },
    });
  }

  /** Tells the student of each source whose state is not what was last told; at first, of all. */
  announceChanges(): void {
    for (const [source, recorded] of this.#states) {
      const state: State = this.#diskFails ? { state: 'not-recorded', cause: 'disk' } : recorded;
      const key = `${state.state} ${state.cause ?? ''}`;
      if (this.#announced.get(source) === key) continue;
      this.#announced.set(source, key);
      this.#options.announce({ source, ...state });
    }
  }

  /** Records a producer from now on, in place of the source's former one. */
  async add(source: Source, producerId: string): Promise<void> {
    this.remove(source, 'not-published');
    const { room, note } = this.#options;
    const entry: { input?: SourceInput; tap?: Tap } = {};
    this.#taps.set(source, entry);
    try {
      entry.tap = await room.tap(producerId, {
        open: (format) => (entry.input = this.#recorder.addSource(source, format)),
        accepts: (bytes) => this.#accepts(bytes),
      });
    } catch (error) {
      // Not tapped: the next `begin` or `produce` tries again.
      this.#taps.delete(source);
      entry.input?.close('unknown');
      throw error;
    }
    entry.input?.setMuted(room.mutedFor(producerId));
    note({ kind: 'source-on', source });
  }

  /** The browser is only asked to keep to a bitrate; one that does not must not fill the disk, nor keep the process busy. */
  #accepts(bytes: number): boolean {
    const accepted = this.#options.budget.take(bytes);
    if (!accepted && !this.#flooded) {
      this.#flooded = true;
      this.#options.context.logger.warn({ attempt: this.#options.attempt }, 'student sends more than is recorded; packets are dropped');
    }
    return accepted;
  }

  /** Whether a source has a producer that is recorded. */
  has(source: Source): boolean {
    return this.#taps.has(source);
  }

  /** Ends a source; `cause` is what its gap is noted as. */
  remove(source: Source, cause: GapCause): void {
    const entry = this.#taps.get(source);
    if (!entry) return;
    this.#taps.delete(source);
    entry.tap?.close();
    entry.input?.close(cause);
    this.#options.note({ kind: 'source-off', source, cause });
  }

  setMuted(source: Source, cause: MutedCause | undefined): void {
    this.#taps.get(source)?.input?.setMuted(cause);
  }

  /** Resolves when every segment is durable. Idempotent. */
  close(cause: GapCause): Promise<void> {
    this.#closing ??= this.#close(cause);
    return this.#closing;
  }

  async #close(cause: GapCause): Promise<void> {
    const taps = [...this.#taps.values()].flatMap(({ tap }) => (tap ? [tap] : []));
    await Promise.all(taps.map((tap) => tap.drain()));
    for (const tap of taps) tap.close();
    this.#taps.clear();
    await this.#recorder.close(cause);
  }

  #onDisk(state: 'failing' | 'ok', error: Error | undefined): void {
    const { attempt, context, note } = this.#options;
    this.#diskFails = state === 'failing';
    context.logger.error({ attempt, err: error, state }, 'disk of the recordings');
    note({ kind: this.#diskFails ? 'disk-full' : 'disk-ok' });
    this.announceChanges();
  }
}

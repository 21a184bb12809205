import type { Practice as Recorded, Source } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol/errors';
import { sentenceOf } from '../checks/words.js';
import type { StudentApi } from '../session/api.js';
import { surfaceOf } from '../session/devices.js';
import { createPublisher } from '../session/publisher.js';
import { defaultPolicy } from '../session/reconnect-policy.js';
import { RecordingSession, type SessionParts } from '../session/recording-session.js';
import type { SessionView } from '../session/session-view.js';
import { createSignalling } from '../session/signalling.js';

/** While this page shows it, the practice is asked for so often, so that it is not deleted, ms. */
const askMs = 60_000;

/** What a practice is made of; tests give fakes. */
export interface PracticeParts extends Pick<SessionParts, 'pause'> {
  api: Pick<StudentApi, 'beginPractice' | 'practiceSession' | 'practice' | 'deletePractice'>;
  sources: readonly Source[];
  createSession?: (parts: SessionParts) => RecordingSession;
}

/** A minute that is recorded as the exam will be, shown to the student, and deleted. The browser keeps nothing of it. */
export class Practice {
  phase = $state<'preparing' | 'recording' | 'watching' | 'failed'>('preparing');
  /** Of its connection. */
  view = $state.raw<SessionView>();
  recorded = $state.raw<Recorded>();
  /** Why it failed, in a sentence. */
  trouble = $state('');
  /** Its connection; the checks may use it too. */
  readonly session: RecordingSession;
  readonly #api: PracticeParts['api'];
  readonly #asking: ReturnType<typeof setInterval>;

  /** Makes one on the server, in the place of one that was before. Throws `VigilError` or `Unreachable`. */
  static async begin(parts: PracticeParts): Promise<Practice> {
    const { nowMs } = await parts.api.beginPractice();
    return new Practice(parts, nowMs - Date.now());
  }

  private constructor({ api, sources, pause, createSession }: PracticeParts, clockOffsetMs: number) {
    this.#api = api;
    const times = { startedAtMs: null, endsAtMs: null, clockOffsetMs };
    const parts: SessionParts = {
      api: { session: () => api.practiceSession() },
      createSignalling,
      createPublisher,
      policy: defaultPolicy,
      timed: (ask) => ask(),
      joined: () => undefined,
      now: Date.now,
      steadyNow: () => performance.now(),
      pause,
      changed: (view) => this.#changed(view),
      // It goes on as it was begun; the exam itself asks for what holds then.
      rulesChanged: () => undefined,
    };
    this.session = createSession?.(parts) ?? new RecordingSession(parts, sources, times);
    this.view = this.session.view;
    this.#asking = setInterval(() => void this.#ask(), askMs);
  }

  /** Records from now on what the tracks show. It ends with the minute, or with `stop`. Throws; then nothing is recorded. */
  async record(tracks: readonly { source: Source; track: MediaStreamTrack }[]): Promise<void> {
    for (const { source, track } of tracks) {
      // Its own, which it stops at its end; the page's go on.
      const copy = track.clone();
      copy.contentHint = track.contentHint;
      this.session.setTrack(source, copy, source === 'screen' ? surfaceOf(track) : undefined);
    }
    await this.session.start();
    this.phase = 'recording';
  }

  /** Before the minute is over. */
  stop(): void {
    this.session.finish();
  }

  /** All of it, here and on the server. Throws; then the server deletes it a little later by itself. */
  async delete(): Promise<void> {
    this.close();
    await this.#api.deletePractice();
  }

  /** Ends what runs here. The server then deletes it by itself. Idempotent. */
  close(): void {
    clearInterval(this.#asking);
    this.session.close();
  }

  #changed(view: SessionView): void {
    const { ending } = view;
    const ended = ending !== null && !this.view?.ending;
    this.view = view;
    if (!ended) return;
    // Nobody but the server ends its link.
    if (ending.how === 'refused') this.#fail(ending.reason === 'linkInvalid' ? 'It was deleted on the server. You can do another one.' : ending.message);
    else if (ending.how === 'replaced') this.#fail('Another practice was begun in another tab or on another device.');
    else void this.#watch();
  }

  async #watch(): Promise<void> {
    try {
      const recorded = await this.#api.practice();
      this.recorded = recorded;
      if (recorded.tracks.length > 0) this.phase = 'watching';
      else this.#fail('Nothing was recorded. Look whether the checks pass, then do it again.');
    } catch (error) {
      this.#fail(sentenceOf(error));
    }
  }

  async #ask(): Promise<void> {
    try {
      await this.#api.practice();
    } catch (error) {
      // A connection that is lost for a moment costs nothing.
      if (error instanceof VigilError && error.reason === 'notFound') this.#fail(error.message);
    }
  }

  #fail(sentence: string): void {
    this.close();
    this.trouble = sentence;
    this.phase = 'failed';
  }
}

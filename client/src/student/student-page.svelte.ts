import type { Source, StudentAttempt } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol/errors';
import { Checks, type CheckView } from './checks/checks.js';
import { studentChecks, wordsForLoss } from './checks/student-checks.js';
import { reasonOf, sentenceOf, wordsForDevice, wordsForScreen, type Words } from './checks/words.js';
import { elsewhereOf, isEmbedded, stepFor, type Elsewhere, type Step } from './flow.js';
import { createApi, createAsk, type Ask, type StudentApi } from './session/api.js';
import { LazyRing } from './ring/lazy-ring.js';
import { leavesSomething, ringToCome, type RingView } from './ring/ring-view.js';
import type { BrowserFacts } from './session/browser.js';
import { askClock, ClockEstimate, type ClockOffset } from './session/clock-estimate.js';
import type { Practice } from './practice/practice.svelte.js';
import type { Devices } from './session/devices.js';
import { Journal, type JournalStorage } from './session/journal.js';
import { Notes } from './session/notes.js';
import { createPublisher } from './session/publisher.js';
import { defaultPolicy } from './session/reconnect-policy.js';
import { RecordingSession } from './session/recording-session.js';
import { sourcesOf, type SessionView } from './session/session-view.js';
import { createSignalling } from './session/signalling.js';
import { fillsDisplay, Watcher } from './session/watcher.js';

const checkOf = { webcam: 'camera', microphone: 'microphone', screen: 'screen' } as const satisfies Record<Source, string>;

/** Resolves after `ms`, or as soon as the network is back. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      window.removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    window.addEventListener('online', end);
  });

/** What an earlier page left goes up first, but the live recording waits no longer than this, ms. */
const leftOversFirstMs = 30_000;
/** The server's clock is asked for so often, and so many times at each join, ms. */
const clockEveryMs = 60_000;
const clockAsks = 3;
/** How often a page that was replaced asks what became of the exam, ms. */
const askMs = 10_000;
/** The same of a page whose exam is over, ms: a whole class may leave it open. */
const lookAgainMs = 30_000;

/** What is told only once stands so long, ms. */
const toldMs = 20_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the student's pages show, and what their buttons do. The work is done in `session` and `checks`. */
export class StudentPage {
  step = $state<Step>('loading');
  attempt = $state.raw<StudentAttempt>();
  session = $state.raw<SessionView>();
  checks = $state.raw<CheckView[]>([]);
  /** Why nothing can go on here, on the page for that. */
  trouble = $state.raw<{ title: string; text: string; again: boolean }>();
  /** What the last press of a button led to, in a sentence, beside the button. */
  refusal = $state('');
  /** A button's work is under way. */
  busy = $state(false);
  /** Why a source could not be opened again during the exam. */
  reopening = $state.raw<Partial<Record<Source, Words>>>({});
  /** This computer's clock, ms since 1970, for what is shown; in a hidden tab it may lag. */
  now = $state(Date.now());
  /** The browser's own recording. */
  ring = $state.raw<RingView>(ringToCome);
  /** The student has come back to a running exam, or what was kept has been sent: it is told until then, as `now`. */
  backUntilMs = $state(0);
  sentUntilMs = $state(0);
  /** The recorded minute before the exam, while there is one. */
  practice = $state.raw<Practice>();
  /** It was begun before the exam was open. */
  early = $state(false);
  /** As well, that the time has become another. */
  newEndUntilMs = $state(0);
  /** Counts up when a source has a new track, so that previews look again. */
  tracks = $state(0);
  /** The exam's page is to fill the display, and does not. */
  leftFullscreen = $state(false);

  /** While this page is replaced: what the one that replaced it does. */
  elsewhere = $state<Elsewhere>('recorded');

  readonly browser: BrowserFacts;
  readonly devices: Devices;
  /** Asks the server in this student's name. */
  readonly ask: Ask;
  readonly #token: string;
  readonly #api: StudentApi;
  readonly #storage: Storage | undefined;
  /** Outlasts this tab. */
  readonly #lasting: JournalStorage | undefined;
  #recording: RecordingSession | undefined;
  /** This page is loaded again by a button of its own: nobody needs to be asked. */
  #reloading = false;
  #checks: Checks | undefined;
  #ring: LazyRing | undefined;
  /** What the browser's own recording has to say, also when there is no session any more. */
  readonly #notes: Notes;
  /** The server's clock against this page's steady one. */
  readonly #clock = new ClockEstimate();
  /** The same from the first answer, until there is an estimate, ms. */
  #firstOffsetMs = 0;
  #journal: Journal | undefined;
  #watcher: Watcher | undefined;
  #watchingEnd = false;
  /** Sources that the student is just asked for. */
  #choosing = 0;

  constructor(token: string, devices: Devices, browser: BrowserFacts, storage: Storage | undefined, lasting: JournalStorage | undefined) {
    this.#storage = storage;
    this.#lasting = lasting;
    this.#token = token;
    this.ask = createAsk(token);
    this.#api = createApi(token);
    this.#notes = new Notes((detail) => this.#api.note(detail), pause);
    this.devices = devices;
    this.browser = browser;
    setInterval(() => this.#tick(), 1_000);
    document.addEventListener('fullscreenchange', () => this.#lookAtFullscreen());
    setInterval(() => void this.#recording?.askClock(this.#wallClock), clockEveryMs);
    window.addEventListener('online', () => this.#recording?.networkChanged());
    window.addEventListener('beforeunload', (event) => {
      const leaves = (this.step === 'done' || this.step === 'replaced') && leavesSomething(this.ring);
      if (!this.#reloading && (this.step === 'exam' || leaves)) event.preventDefault();
    });
    devices.onChange(() => this.#pluggedIn());
  }

  /** Asks the server where this student stands, and shows that page. */
  async load(): Promise<void> {
    this.step = 'loading';
    try {
      this.#show(await this.#api.attempt());
    } catch (error) {
      this.#fail(error);
    }
  }

  agree(agreed: boolean): Promise<void> {
    return this.#press(async () => {
      if (!this.attempt) return;
      const attempt = await this.#api.agree(this.attempt.notice.version, agreed);
      if (agreed) this.#show(attempt);
      else this.step = 'left';
    });
  }

  /** The onboarding is done or left for later: on to what follows. */
  onboarded(): Promise<void> {
    return this.#press(async () => this.#show(await this.#api.attempt(), true));
  }

  /** From the checks back to an onboarding that was left; they start again afterwards. */
  openOnboarding(): void {
    this.#checks = undefined;
    this.#recording?.close();
    this.step = 'onboarding';
  }

  /** From the page for those whose exam goes on elsewhere, or is open again: takes it up here. What is kept here is sent by the page that follows. */
  goOnHere(): void {
    this.#reloading = true;
    window.location.reload();
  }

  /** From the page for those who did not agree, back to the question. */
  askAgain(): void {
    this.step = 'notice';
  }

  runCheck(name: CheckView['name']): void {
    void this.#checks?.click(name);
  }

  /** Remembers the device for this tab, so that a reload opens the same, and opens it. */
  chooseDevice(name: 'camera' | 'microphone', id: string): void {
    this.rememberDevice(name, id);
    this.runCheck(name);
  }

  rememberDevice(name: 'camera' | 'microphone', id: string): void {
    this.#storage?.setItem(`vigil-${name}`, id);
  }

  chosenDevice = (name: 'camera' | 'microphone'): string | undefined => this.#storage?.getItem(`vigil-${name}`) ?? undefined;

  trackOf(source: Source): MediaStreamTrack | undefined {
    return this.#recording?.trackOf(source);
  }

  /** All checks are passed: on to the page with the start button. */
  goOn(): Promise<void> {
    return this.#press(async () => {
      if (this.practice) return this.#recordPractice(this.practice);
      if (this.attempt?.progress === 'checking') await this.#recording?.ready();
      if (this.attempt) this.attempt = { ...this.attempt, progress: 'ready' };
      this.step = 'start';
    });
  }

  /**
   * Begins a practice, in the place of one that was before. Before the exam is open the checks come first, over the practice's own
   * connection: the exam has none yet.
   */
  practise(): Promise<void> {
    return this.#press(async () => {
      const { attempt } = this;
      if (!attempt) return;
      // Few come here: it is loaded only then, and whole, before anything is recorded.
      const [{ Practice }] = await Promise.all([import('./practice/practice.svelte.js'), import('./practice/PracticePage.svelte')]);
      const practice = await Practice.begin({ api: this.#api, sources: sourcesOf(attempt.exam.rules), pause });
      this.practice?.close();
      this.practice = practice;
      if (this.step !== 'practice') this.early = this.step === 'not-open';
      if (this.step === 'not-open') {
        this.#startChecks(attempt, practice.session);
        this.step = 'checks';
      } else await this.#recordPractice(practice);
    });
  }

  /** Deletes the practice and goes on where it was begun, or to the checks. */
  leavePractice(to: 'checks' | 'start' = 'start'): Promise<void> {
    return this.#press(async () => {
      const deleted = await this.practice?.delete().then(
        () => true,
        () => false,
      );
      await this.#afterPractice(to);
      if (deleted === false) this.refusal = 'The practice could not be deleted just now. The server deletes it by itself in about ten minutes.';
    });
  }

  /** Fetches what is no JSON in this student's name. */
  media = (url: string, init: RequestInit): Promise<Response> => this.#api.media(url, init);

  startExam(): Promise<void> {
    return this.#press(async () => {
      // First, inside of the click.
      await this.fillDisplay();
      await this.#recording?.start();
      this.#keep();
      this.step = 'exam';
      this.#watch();
    });
  }

  /** Opens a source again during the exam; for the screen inside the student's click. */
  async reopen(source: Source): Promise<void> {
    const recording = this.#recording;
    if (!recording || !this.attempt) return;
    this.#choosing++;
    try {
      if (source === 'screen') {
        const { track, surface } = await this.devices.openScreen(this.attempt.exam.rules.screen === 'monitor');
        recording.setTrack(source, track, surface);
      } else recording.setTrack(source, await this.#openDevice(source));
      this.reopening = { ...this.reopening, [source]: undefined };
    } catch (error) {
      const reason = reasonOf(error);
      const words = source === 'screen' ? wordsForScreen(reason, this.browser) : wordsForDevice(checkOf[source], reason, this.browser);
      this.reopening = { ...this.reopening, [source]: words };
      // A track that is muted only may come back by itself.
      if (!recording.trackOf(source)) recording.noTrack(source);
    } finally {
      this.#choosing--;
    }
  }

  /** Whether the exam's page is to fill the display, and this browser can do that. */
  get asksFullscreen(): boolean {
    const exam = this.attempt?.exam;
    return Boolean(exam?.rules.fullscreen) && exam !== undefined && isEmbedded(exam) && document.fullscreenEnabled;
  }

  /** Fills the display, where the exam asks for it; only in a click. A browser that refuses hinders nobody. */
  async fillDisplay(): Promise<void> {
    if (this.asksFullscreen && !fillsDisplay(window)) await document.documentElement.requestFullscreen().catch(() => undefined);
    this.#lookAtFullscreen();
  }

  finish(): void {
    this.#recording?.finish();
  }

  #show(attempt: StudentAttempt, later = false): void {
    this.attempt = attempt;
    this.#firstOffsetMs ||= attempt.nowMs - performance.now();
    const step = stepFor(attempt, attempt.nowMs, later);
    if (step === 'notice') {
      // Asked again: what ran by the old agreement ends.
      this.#checks = undefined;
      this.#recording?.close();
    }
    if (step === 'checks') this.#startChecks(attempt);
    if (step === 'exam') this.#resume(attempt);
    if (step === 'done') {
      this.#openJournal(attempt);
      // One that was opened before does not know yet that the attempt is over, and the line free.
      this.#ring?.with((ring) => {
        ring.setLimit({ paused: false, maxBitrate: null });
        return ring.end(true);
      });
      this.#openRing(attempt, true);
    }
    if (step === 'trouble') {
      const why = over[attempt.progress === 'expired' ? 'expired' : 'withdrawn'];
      this.trouble = attempt.retaken ? { ...why, text: 'Your instructor has given you another attempt. It has a link of its own: open that one, or ask your instructor for it.' } : why;
    }
    this.step = step;
    if (step === 'done') void this.#watchEnd();
  }

  async #recordPractice(practice: Practice): Promise<void> {
    const sources = this.attempt ? sourcesOf(this.attempt.exam.rules) : [];
    const tracks = sources.flatMap((source) => {
      const track = this.#recording?.trackOf(source);
      return track ? [{ source, track }] : [];
    });
    try {
      await practice.record(tracks);
      this.step = 'practice';
    } catch (error) {
      await practice.delete().catch(() => undefined);
      await this.#afterPractice('start');
      throw error;
    }
  }

  async #afterPractice(to: 'checks' | 'start'): Promise<void> {
    this.practice = undefined;
    if (this.early) {
      this.#recording?.close();
      await this.load();
    } else this.step = this.#checks?.passed ? to : 'checks';
  }

  /** @param line of a practice, where the attempt itself can have none yet */
  #startChecks(attempt: StudentAttempt, line?: Pick<RecordingSession, 'open' | 'probe'>): void {
    const recording = this.#record(attempt);
    if (!line) this.#openRing(attempt, false);
    const session = line
      ? {
          open: () => line.open(),
          probe: (track: MediaStreamTrack) => line.probe(track),
          setTrack: (...given: Parameters<RecordingSession['setTrack']>) => recording.setTrack(...given),
          trackOf: (source: Source) => recording.trackOf(source),
        }
      : recording;
    const { rules } = attempt.exam;
    const { browser, devices, chosenDevice: chosen } = this;
    // Of one that was opened again, the look before its start holds.
    const known = attempt.openAgainMs === null && (attempt.onboarding === 'passed' || attempt.onboarding === 'with-person');
    const look = known ? (picture: Blob) => this.#api.look(picture) : undefined;
    const parts = { rules, scope: window, browser, devices, session, chosen, look, pause: sleep };
    // Earlier ones may still be under way.
    const checks = new Checks(studentChecks(parts), (views) => this.#checks === checks && (this.checks = views));
    this.#checks = checks;
    this.checks = checks.views;
    void checks.run();
  }

  /** After a reload: camera and microphone come back by themselves where the browser remembers; the screen needs a click. */
  #resume(attempt: StudentAttempt): void {
    this.backUntilMs = Date.now() + toldMs;
    const session = this.#record(attempt);
    const ring = this.#openRing(attempt, false);
    session.resume(Promise.race([ring.leftOversSent(), sleep(leftOversFirstMs)]));
    this.#keep();
    for (const source of sourcesOf(attempt.exam.rules)) {
      if (source === 'screen') session.noTrack(source);
      else void this.reopen(source);
    }
    this.#watch();
  }

  /** From now on, what the browser does is noted as well. */
  #watch(): void {
    if (!this.attempt) return;
    const journal = this.#openJournal(this.attempt);
    this.#watcher?.stop();
    this.#watcher = new Watcher({
      scope: window,
      devices: this.devices,
      trackOf: (source) => this.#recording?.trackOf(source),
      embedded: isEmbedded(this.attempt.exam),
      fullscreen: this.asksFullscreen,
      excused: () => this.#choosing > 0,
      note: (noticed) => journal.note(noticed),
    });
  }

  /** What an earlier page noted goes up as well. */
  #openJournal(attempt: StudentAttempt): Journal {
    this.#journal ??= new Journal({
      attempt: attempt.id,
      storage: this.#lasting,
      send: (events) => this.#api.events(events),
      now: () => performance.now() + (this.#clock.best?.offsetMs ?? this.#firstOffsetMs),
      newId: () => crypto.randomUUID(),
      pause,
    });
    return this.#journal;
  }

  #tick(): void {
    this.now = Date.now();
    this.#watcher?.tick();
    this.#lookAtFullscreen();
  }

  #lookAtFullscreen(): void {
    this.leftFullscreen = this.step === 'exam' && this.asksFullscreen && !fillsDisplay(window);
  }

  #record(attempt: StudentAttempt): RecordingSession {
    this.#recording?.close();
    const recording = new RecordingSession(
      {
        api: this.#api,
        createSignalling,
        createPublisher,
        policy: defaultPolicy,
        timed: async (ask) => {
          const answer = await askClock(this.#clock, () => performance.now(), ask);
          this.#ring?.with((ring) => ring.setClock(this.#clock.best));
          return answer;
        },
        joined: ({ ringKey }) => void this.#joined(ringKey),
        now: Date.now,
        steadyNow: () => performance.now(),
        pause,
        changed: (view) => this.#sessionChanged(view),
        rulesChanged: () => void this.#rulesChanged(),
      },
      sourcesOf(attempt.exam.rules),
      { startedAtMs: attempt.startedAtMs, endsAtMs: attempt.endsAtMs, clockOffsetMs: attempt.nowMs - Date.now() },
    );
    this.#recording = recording;
    this.session = recording.view;
    return recording;
  }

  #openRing(attempt: StudentAttempt, over: boolean): LazyRing {
    this.#ring ??= new LazyRing({
      attempt: attempt.id,
      token: this.#token,
      nowMs: attempt.nowMs,
      over,
      changed: (view) => this.#ringChanged(view),
      note: (detail) => void this.#notes.tell(detail),
    });
    return this.#ring;
  }

  /** From now on the browser records by itself as well. */
  #keep(): void {
    this.#ring?.with((ring) => {
      ring.begin();
      const recording = this.#recording;
      if (recording) ring.follow(recording.view, (source) => recording.trackOf(source));
    });
  }

  /** The key is kept by the ring for as long as this page lives, so that it also begins while the server is away. */
  async #joined(ringKey: string): Promise<void> {
    this.#ring?.with((ring) => ring.setKey(ringKey));
    for (let i = 0; i < clockAsks; i++) await this.#recording?.askClock();
    await this.#recording?.askClock(this.#wallClock);
  }

  /** The server's clock minus this computer's, which somebody may have set. */
  get #wallClock(): ClockOffset | undefined {
    const { best } = this.#clock;
    return best && { offsetMs: best.offsetMs + performance.now() - Date.now(), errorMs: best.errorMs };
  }

  /** The instructor has set something for this student: more time shows at once, other sources are checked anew. */
  async #rulesChanged(): Promise<void> {
    const before = this.attempt;
    const attempt = await this.#api.attempt().catch(() => undefined);
    if (!attempt || !before || this.session?.ending) return;
    if (attempt.progress === 'created' || String(sourcesOf(before.exam.rules)) !== String(sourcesOf(attempt.exam.rules))) this.#show(attempt);
    else this.attempt = attempt;
    if (before.endsAtMs !== attempt.endsAtMs) this.newEndUntilMs = Date.now() + toldMs;
  }

  #ringChanged(view: RingView): void {
    const before = this.ring;
    this.ring = view;
    if (view.sending.state === 'sent' && before.sending.state !== 'sent') this.sentUntilMs = Date.now() + toldMs;
    if (before.sources !== view.sources) this.#recording?.setKept(view.sources);
  }

  #sessionChanged(view: SessionView): void {
    const before = this.session;
    this.session = view;
    const recording = this.#recording;
    if (before?.spare !== view.spare) this.#ring?.with((ring) => ring.setLimit(view.spare));
    if (recording && !before?.ending) this.#ring?.with((ring) => ring.follow(view, (source) => recording.trackOf(source)));
    if (before?.sources !== view.sources) this.tracks++;
    for (const source of ['webcam', 'microphone', 'screen'] as const) {
      if (before?.sources[source]?.track === 'live' && view.sources[source]?.track === 'ended')
        this.#checks?.lost(checkOf[source], wordsForLoss(checkOf[source], this.browser));
    }
    // A source lost between the checks and the start: back to its card.
    if (this.step === 'start' && this.#checks && !this.#checks.passed) this.step = 'checks';
    if (!view.ending || before?.ending) return;
    this.#watcher?.stop();
    if (this.asksFullscreen && document.fullscreenElement) void document.exitFullscreen().catch(() => undefined);
    const over = view.ending.how === 'finished' || view.ending.how === 'time-over';
    this.#ring?.with((ring) => ring.end(over));
    if (view.ending.how === 'replaced') this.#replaced();
    // The exam was changed, and the agreement to what it was is gone.
    else if (view.ending.how === 'refused' && view.ending.reason === 'notAgreed') void this.load();
    else if (view.ending.how === 'refused') this.#fail(new VigilError(view.ending.reason, view.ending.message));
    else void this.#over(view.ending.finishedAtMs);
  }

  async #over(finishedAtMs: number | null): Promise<void> {
    this.step = 'done';
    if (this.attempt) this.attempt = { ...this.attempt, progress: 'submitted', finishedAtMs, openAgainMs: null };
    // The answer was lost, or the server has only just come back, and may not know it yet.
    while (this.attempt?.finishedAtMs === null) {
      const attempt = await this.#api.attempt().catch(() => undefined);
      if (attempt && attempt.finishedAtMs !== null) this.attempt = attempt;
      else await pause(askMs);
    }
    void this.#watchEnd();
  }

  /** An exam that is over may be opened again, or the student be given another attempt. */
  async #watchEnd(): Promise<void> {
    if (this.#watchingEnd) return;
    this.#watchingEnd = true;
    const stands = (): boolean => this.step === 'done';
    while (stands()) {
      await pause(lookAgainMs);
      const attempt = await this.#api.attempt().catch(() => undefined);
      if (!attempt || !stands()) continue;
      // Gone on with in another tab.
      if (elsewhereOf(attempt.progress) && attempt.openAgainMs === null) this.#replaced();
      else this.attempt = attempt;
    }
    this.#watchingEnd = false;
  }

  /** From here on this page only watches, so that it does not say for ever that all is well elsewhere. */
  #replaced(): void {
    if (this.step === 'replaced') return;
    this.step = 'replaced';
    const started = this.attempt?.startedAtMs != null || this.session?.started;
    this.elsewhere = started ? 'recorded' : 'not-started';
    const timer = setInterval(() => void ask(), askMs);
    const ask = async (): Promise<void> => {
      try {
        const attempt = await this.#api.attempt();
        const elsewhere = elsewhereOf(attempt.progress);
        if (elsewhere) this.elsewhere = elsewhere;
        else {
          clearInterval(timer);
          this.#show(attempt);
        }
      } catch {
        this.elsewhere = 'unknown';
      }
    };
  }

  #openDevice(source: 'webcam' | 'microphone'): Promise<MediaStreamTrack> {
    const id = this.chosenDevice(checkOf[source]);
    const open = (deviceId?: string): Promise<MediaStreamTrack> =>
      source === 'webcam' ? this.devices.openCamera(deviceId) : this.devices.openMicrophone(deviceId);
    // Better another camera than none.
    return id === undefined ? open() : open(id).catch(() => open());
  }

  /** A camera that was plugged in again needs no click. */
  #pluggedIn(): void {
    if (this.step !== 'exam') return;
    for (const source of ['webcam', 'microphone'] as const) {
      if (this.session?.sources[source]?.track === 'ended') void this.reopen(source);
    }
  }

  async #press(work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.refusal = '';
    try {
      await work();
    } catch (error) {
      this.refusal = sentenceOf(error);
    } finally {
      this.busy = false;
    }
  }

  #fail(error: unknown): void {
    const reason = error instanceof VigilError ? error.reason : undefined;
    if (reason === 'attemptEnded') this.trouble = { ...over.withdrawn, text: sentenceOf(error) };
    else if (reason === 'linkExpired' || reason === 'linkInvalid')
      this.trouble = { title: 'This link does not open an exam', text: sentenceOf(error), again: false };
    else this.trouble = { title: 'The exam cannot be opened now', text: sentenceOf(error), again: true };
    this.step = 'trouble';
  }
}

const over = {
  expired: {
    title: 'This exam was not started in time',
    text: 'Nothing was recorded. Ask your instructor if you can still take it.',
    again: false,
  },
  withdrawn: { title: 'This exam attempt has ended', text: 'Nothing is recorded any more. Ask your instructor if that is not right.', again: false },
};

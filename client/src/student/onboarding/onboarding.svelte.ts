import type { LookAnswer, OnboardingStep, OnboardingView, StepView } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol/errors';
import { wordsForLoss } from '../checks/student-checks.js';
import { reasonOf, sentenceOf, wordsForDevice, type Words } from '../checks/words.js';
import { DeviceError } from '../session/devices.js';
import { pause, type StudentPage } from '../student-page.svelte.js';
import { createOnboardingApi, type OnboardingApi } from './api.js';
import { askWidth } from './ask-width.js';
import { persist } from './persist.js';

/** Of a picture of the face, px. */
export const faceWidth = 640;

/** The onboarding as the server has it, the camera for it, and what the buttons of its pages do. */
export class Onboarding {
  view = $state.raw<OnboardingView>();
  camera = $state.raw<MediaStreamTrack>();
  /** Why there is no camera. */
  cameraWords = $state.raw<Words>();
  /** What the last request led to, in a sentence, where it failed. */
  problem = $state('');
  /** The server does not answer, and is asked again. */
  away = $state(false);
  busy = $state(false);
  /** The student keeps the glasses on, in all pictures. */
  keepGlasses = $state(false);

  readonly page: StudentPage;
  readonly #api: OnboardingApi;
  /** Counts what was asked of the camera, so that one that comes late is let go again. */
  #asked = 0;

  constructor(page: StudentPage) {
    this.page = page;
    this.#api = createOnboardingApi(page.ask);
  }

  /** The one to show now; undefined when nothing is open. */
  get step(): StepView | undefined {
    return this.view?.steps.find(({ state }) => state === 'open');
  }

  load(): Promise<void> {
    return this.#press(async () => {
      try {
        this.view = await this.#persist(() => this.#api.view());
      } catch (error) {
        // The exam does not ask for one any more.
        if (error instanceof VigilError && error.reason === 'notFound') return this.page.onboarded();
        throw error;
      }
    });
  }

  agree(agreed: boolean): Promise<void> {
    return this.#press(async () => {
      const { view } = this;
      if (!view) return;
      this.view = await this.#persist(() => this.#api.agree(view.notice.version, agreed));
      if (!agreed) await this.leave();
    });
  }

  askPerson(step: OnboardingStep): Promise<void> {
    return this.#press(async () => {
      this.view = await this.#persist(() => this.#api.askPerson(step));
    });
  }

  /** On to what follows the onboarding, whatever is still open. */
  async leave(): Promise<void> {
    await this.page.onboarded();
    this.problem = this.page.refusal;
  }

  /** Shows something for a step. The caller decides when the answer's view is taken over. @throws as the API does. */
  show(step: OnboardingStep, shown: Blob): Promise<LookAnswer> {
    return this.#persist(() => this.#api.show(step, shown, this.keepGlasses));
  }

  /** What a look threw: told, unless the camera or another tab is the cause, which have answers of their own. */
  failed(error: unknown): void {
    if (error instanceof DeviceError) this.#lost(wordsForDevice('camera', error.reason, this.page.browser));
    else if (error instanceof VigilError && error.reason === 'wrongState') void this.load();
    else this.problem = sentenceOf(error);
  }

  async openCamera(): Promise<void> {
    const { devices, browser, chosenDevice } = this.page;
    this.#release();
    const asked = ++this.#asked;
    this.cameraWords = undefined;
    const id = chosenDevice('camera');
    try {
      // Better another camera than none.
      const track = await (id === undefined ? devices.openCamera() : devices.openCamera(id).catch(() => devices.openCamera()));
      // An exam's recording needs less.
      await askWidth(track, faceWidth);
      if (asked !== this.#asked) {
        track.stop();
        return;
      }
      track.addEventListener('ended', () => {
        if (this.camera === track) this.#lost(wordsForLoss('camera', browser));
      });
      this.camera = track;
    } catch (error) {
      if (asked === this.#asked) this.cameraWords = wordsForDevice('camera', reasonOf(error), browser);
    }
  }

  closeCamera(): void {
    this.#asked += 1;
    this.#release();
  }

  #lost(words: Words): void {
    this.#release();
    this.cameraWords = words;
  }

  #release(): void {
    this.camera?.stop();
    this.camera = undefined;
  }

  #persist<T>(work: () => Promise<T>): Promise<T> {
    return persist(work, pause, (away) => (this.away = away));
  }

  async #press(work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = '';
    try {
      await work();
    } catch (error) {
      this.problem = sentenceOf(error);
    } finally {
      this.busy = false;
    }
  }
}

/** Probability of speech, 0 to 1, for each 32 ms of mono sound at 16 kHz. */
export type SpeechFinder = (samples: Float32Array) => Promise<Float32Array>;

/** A segment's sound and where somebody speaks in it; what several detectors need is worked out once. */
export class Hearing {
  #speech: Promise<Float32Array> | undefined;

  /** @param samples mono, 16 kHz, −1 to 1. */
  constructor(
    readonly samples: Float32Array,
    private readonly findSpeech: SpeechFinder,
  ) {}

  /** See `SpeechFinder`. */
  speech(): Promise<Float32Array> {
    return (this.#speech ??= this.findSpeech(this.samples));
  }
}

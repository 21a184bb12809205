import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { descriptorName, onboardingKey, OnboardingStep, VigilError, type LookDocument, type LookResult, type OnboardingFace } from '@vigil/protocol';
import type { Collection, Db } from 'mongodb';
import type { Keys, Sealer } from '../../evidence/keys.js';
import type { Detectors } from '../detectors/all.js';
import { identityThresholds } from '../detectors/identity.js';
import { pictureMsOf } from '../media/probe.js';
import { lookAtFace } from './face-look.js';
import { nameProblems } from './name-on-document.js';

/** A look around a room takes at least so long, ms. */
const roomMs = 8_000;

export interface OnlookerOptions {
  db: Db;
  keys: Keys;
  /** `<data>/onboardings` */
  folder: string;
  detectors: Detectors;
  /** The words in a picture (JPEG). */
  readWords: (picture: Buffer) => Promise<string>;
}

/** What a face looks like, and from when that is. */
export interface Baseline {
  /** Changes whenever the faces do. */
  version: string;
  faces: Float32Array[];
}

/** Looks at what students show of themselves, and knows their faces from then. Pictures and descriptors are unsealed in memory only. */
export class Onlooker {
  readonly #onboardings: Collection<OnboardingFace>;
  readonly #options: OnlookerOptions;

  constructor(options: OnlookerOptions) {
    this.#onboardings = options.db.collection<OnboardingFace>('onboardings');
    this.#options = options;
  }

  /** @throws {VigilError} `notFound` it was purged; `internal` it cannot be unsealed. */
  async look(look: LookDocument): Promise<LookResult> {
    const { keys, folder, detectors, readWords } = this.#options;
    const sealer = await keys.find(onboardingKey(look.onboarding));
    const known = await this.#onboardings.findOne({ _id: look.onboarding }, { projection: { baseline: 1 } });
    if (!sealer || !known) throw new VigilError('notFound');
    const shown = sealer.unseal(look.file, await readFile(join(folder, look.onboarding, look.file)));
    if (look.step === 'room') return { problems: (await pictureMsOf(shown)) < roomMs ? ['unreadable'] : [] };
    // A step that is shown again is compared with the others.
    const baseline = facesOf(known, sealer, look.step);
    const { descriptor, distance, pose, problems } = await lookAtFace(shown, look, look.step === 'front' ? [] : baseline, detectors);
    if (look.step === 'document' && !problems.includes('unreadable') && !look.accepted.includes('name-differs')) problems.push(...nameProblems(await readWords(shown), look.student));
    return {
      problems,
      ...(pose && { pose }),
      ...(distance !== undefined && { distance, alike: distance <= identityThresholds.distance }),
      ...(descriptor && !problems.length && look.step !== 'fresh' && { descriptor: sealer.seal(descriptorName(look.step), bytesOf(descriptor)).toString('base64') }),
    };
  }

  /** What is known of a face; undefined: nothing, or not any more. One whose key is gone, or another, has no faces. */
  async baselineOf(onboarding: string): Promise<Baseline | undefined> {
    const known = await this.#onboardings.findOne({ _id: onboarding }, { projection: { baseline: 1 } });
    if (!known || !Object.keys(known.baseline).length) return undefined;
    try {
      const sealer = await this.#options.keys.find(onboardingKey(onboarding));
      return { version: versionOf(known), faces: sealer ? facesOf(known, sealer) : [] };
    } catch (error) {
      if (error instanceof VigilError) return { version: versionOf(known), faces: [] };
      throw error;
    }
  }

  /** The version alone, without unsealing anything. */
  async baselineVersionOf(onboarding: string): Promise<string | undefined> {
    const known = await this.#onboardings.findOne({ _id: onboarding }, { projection: { baseline: 1 } });
    return known && Object.keys(known.baseline).length ? versionOf(known) : undefined;
  }
}

function facesOf({ baseline }: OnboardingFace, sealer: Sealer, without?: LookDocument['step']): Float32Array[] {
  return OnboardingStep.options.flatMap((step) => {
    const sealed = step === without ? undefined : baseline[step];
    return sealed === undefined ? [] : [floatsOf(sealer.unseal(descriptorName(step), Buffer.from(sealed, 'base64')))];
  });
}

/** Sealed anew, the same face has other bytes: the nonce's are enough. */
const versionOf = ({ _id, baseline }: OnboardingFace): string =>
  `${_id}:${OnboardingStep.options.map((step) => baseline[step]?.slice(2, 10) ?? '').join('.')}`;

const bytesOf = (numbers: Float32Array): Uint8Array => new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
// A Buffer need not begin at a multiple of 4.
const floatsOf = (bytes: Buffer): Float32Array => new Float32Array(Uint8Array.from(bytes).buffer);

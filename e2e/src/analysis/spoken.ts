import { speak } from '../clock/sound-clip.js';
import { loudness } from './conditions.js';
import { addRoom, addTyping, type Random, rate } from './noises.js';
import type { TruthEvent } from './score.js';

/** Speech of our own making (CC0), by espeak-ng: voices of several accents, women and men, with something under it. */
export const speakers = {
  'speech-britain': { voices: ['en-gb'], noise: 'room', snrDb: 20 },
  'speech-america': { voices: ['en-us'], noise: 'typing', snrDb: 10 },
  'speech-scotland': { voices: ['en-gb-scotland'], noise: 'room', snrDb: 10 },
  'speech-america-woman': { voices: ['en-us+f3'], noise: 'typing', snrDb: 15 },
  'speech-britain-woman': { voices: ['en-gb-x-rp+f2'], noise: 'room', snrDb: 15 },
  // One who reads deeper and slower, and then higher and faster.
  'speech-changing': { voices: ['en-us', 'en-us -p 35 -s 130', 'en-us -p 65 -s 170'], noise: 'room', snrDb: 25 },
  'speech-changing-woman': { voices: ['en-us+f5', 'en-us+f5 -p 35 -s 130', 'en-us+f5 -p 65 -s 170'], noise: 'room', snrDb: 25 },
  // Two in turn. That espeak-ng speaks with another accent makes no other voice; another throat does.
  'voices-america': { voices: ['en-us', 'en-us+f3'], noise: 'room', snrDb: 25, several: true },
  'voices-britain': { voices: ['en-gb-x-rp+f2', 'en-gb-scotland'], noise: 'room', snrDb: 20, several: true },
  'voices-men': { voices: ['en-us', 'en-gb+m3'], noise: 'room', snrDb: 25, several: true },
  'voices-typing': { voices: ['en-gb', 'en-us+f5'], noise: 'typing', snrDb: 15, several: true },
} as const satisfies Record<string, { voices: readonly string[]; noise: 'room' | 'typing'; snrDb: number; several?: true }>;
export type Speaker = keyof typeof speakers;

/** Without a pause of a second: one sentence is one happening. */
const sentences = [
  'What did you write for the third one, I have two different answers here.',
  'The second law says that heat flows from the warm body to the cold one.',
  'Okay, read it to me again, slowly please, and I will look it up.',
];
/** Begins of the sentences, s. */
const begins = [4, 16, 28];
export const spokenSeconds = 40;

/** Mean power, dBFS. */
const levelOf = (samples: Float32Array): number => 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
const louder = (samples: Float32Array, byDb: number): Float32Array => samples.map((sample) => sample * 10 ** (byDb / 20));

/** Three sentences at a loudness. The noise under them has a mean power that many dB below theirs. What is above full scale is cut off. */
export async function makeSpoken(speaker: Speaker, how: keyof typeof loudness, random: Random): Promise<{ sound: Float32Array; truth: TruthEvent[] }> {
  const { voices, noise, snrDb, ...more } = speakers[speaker];
  const under = new Float32Array(spokenSeconds * rate);
  if (noise === 'room') addRoom(under, random);
  else addTyping(under, random);
  const sound = louder(under, loudness[how] - snrDb - levelOf(under));
  const truth: TruthEvent[] = [];
  for (const [index, from] of begins.entries()) {
    const sentence = await speak(sentences[index]!, voices[index % voices.length], rate);
    const gain = 10 ** ((loudness[how] - levelOf(sentence)) / 20);
    for (const [i, sample] of sentence.entries()) sound[from * rate + i] = sound[from * rate + i]! + gain * sample;
    const span = { startMs: from * 1_000, endMs: from * 1_000 + (1_000 * sentence.length) / rate };
    const clipped = loudness[how] > 0;
    truth.push({ kind: 'speech', ...span, optional: clipped });
    if (clipped) truth.push({ kind: 'sound-clipped', ...span });
  }
  const [, second, last] = truth;
  if ('several' in more && second && last) truth.push({ kind: 'voices-several', startMs: second.startMs, endMs: last.endMs });
  return { sound: sound.map((sample) => Math.max(-1, Math.min(1, sample))), truth };
}

import { writeFile } from 'node:fs/promises';
import { run } from '../support/run.js';
import { addBurst, burstSeconds } from './sound-code.js';

const rate = 48_000;
const sentences = [
  'Please tell me the answer of the second question, I have not understood it.',
  'The number of packets that were lost on the way is written into the report.',
];

/** When someone speaks, in seconds of the clip. */
export interface Spoken {
  from: number;
  to: number;
}

/** Speaks a sentence. @param voice of espeak-ng, with other arguments after it. @returns mono samples, −1 to 1, without the silence around it. */
export async function speak(text: string, voice = 'en-us', sampleRate = rate): Promise<Float32Array> {
  const wave = await run('espeak-ng', ['-s', '150', '-v', ...voice.split(' '), '--stdout', text]);
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-ac', '1', '-ar', `${sampleRate}`, '-f', 'f32le', '-'], { input: wave.stdout });
  const samples = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
  const loud = (sample: number): boolean => Math.abs(sample) > 0.02;
  return samples.slice(samples.findIndex(loud), samples.findLastIndex(loud));
}

/** Mono samples as a 16 bit WAV file (RIFF WAVE, PCM). */
export function wav(samples: Float32Array, sampleRate = rate): Buffer {
  const file = Buffer.alloc(44 + samples.length * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + samples.length * 2, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(samples.length * 2, 40);
  for (const [i, sample] of samples.entries()) file.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), 44 + i * 2);
  return file;
}

/**
 * Makes the fake microphone's sound: a burst at each second, and speech at the given seconds, silent where a burst is.
 * @returns when the speech is.
 */
export async function makeSoundClip(file: string, seconds: number, speechAt: readonly number[]): Promise<Spoken[]> {
  const samples = new Float32Array(seconds * rate);
  const spoken: Spoken[] = [];
  for (const [i, from] of speechAt.entries()) {
    const speech = await speak(sentences[i % sentences.length]!);
    samples.set(speech.map((sample) => sample * 0.5), Math.round(from * rate));
    spoken.push({ from, to: from + speech.length / rate });
  }
  const around = 0.03;
  for (let second = 0; second < seconds; second += 1) {
    samples.fill(0, Math.max(0, (second - around) * rate), (second + burstSeconds + around) * rate);
    addBurst(samples, rate, second);
  }
  await writeFile(file, wav(samples));
  return spoken;
}

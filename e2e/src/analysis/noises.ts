/** Sounds of a room in which nobody speaks, of our own making (CC0): a seed gives the same sound each time. Mono, −1 to 1. */

/** Samples a second. */
export const rate = 16_000;
/** A number from 0 to 1, the next each time. */
export type Random = () => number;

/** Mulberry32, seeded with a name. */
export function randomOf(name: string): Random {
  let state = Buffer.from(name).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A resonance: rings at a frequency (Hz), and dies away the later the narrower it is (Hz). */
function resonance(frequency: number, width: number): (input: number) => number {
  const radius = Math.exp((-Math.PI * width) / rate);
  const [a, b] = [2 * radius * Math.cos((2 * Math.PI * frequency) / rate), -radius * radius];
  let [last, before] = [0, 0];
  return (input) => {
    const output = input * (1 - radius) + a * last + b * before;
    [before, last] = [last, output];
    return output;
  };
}

/** Adds `sound(i, part)` over a stretch; `part` goes from 0 to 1 in it. */
function add(samples: Float32Array, fromSeconds: number, seconds: number, sound: (index: number, part: number) => number): void {
  const from = Math.round(fromSeconds * rate);
  const length = Math.round(seconds * rate);
  for (let i = 0; i < length && from + i < samples.length; i += 1) samples[from + i] = samples[from + i]! + sound(i, i / length);
}

/** A fan's rush, and the mains' hum. */
export function addRoom(samples: Float32Array, random: Random): void {
  let low = 0;
  add(samples, 0, samples.length / rate, (i) => {
    low += 0.04 * (random() - 0.5 - low);
    const hum = Math.sin((2 * Math.PI * 50 * i) / rate) + 0.4 * Math.sin((2 * Math.PI * 150 * i) / rate);
    return 0.025 * low + 0.002 * (random() - 0.5) + 0.001 * hum;
  });
}

/** A key goes down and, more softly, up: a click, and the thump of the desk. */
function addKey(samples: Float32Array, at: number, random: Random): void {
  for (const [later, loud] of [[0, 1], [0.06 + random() * 0.05, 0.4]] as const) {
    const click = resonance(2_200 + random() * 2_500, 900);
    const thump = resonance(140 + random() * 120, 60);
    const level = loud * (0.15 + 0.2 * random());
    add(samples, at + later, 0.06, (i) => {
      const hit = i < 40 ? (random() - 0.5) * Math.exp(-i / 15) : 0;
      return level * (3 * click(hit) + 6 * thump(hit));
    });
  }
}

/** Words typed at 3 to 8 keys a second, with pauses. */
export function addTyping(samples: Float32Array, random: Random, from = 0, to = samples.length / rate): void {
  for (let at = from; at < to; at += 0.4 + random() * 1.5)
    for (let left = 3 + Math.floor(random() * 20); left > 0 && at < to; left -= 1, at += 0.12 + random() * 0.2) addKey(samples, at, random);
}

/** A page is turned, or paper moved: a hiss that swells and crackles. */
function addPaper(samples: Float32Array, at: number, random: Random): void {
  const seconds = 0.4 + random() * 1.2;
  let [last, crackle] = [0, 0];
  add(samples, at, seconds, (_, part) => {
    crackle += 0.01 * (random() ** 6 * 4 - crackle);
    const white = random() - 0.5;
    const hiss = white - last;
    last = white;
    return 0.12 * hiss * (0.3 + crackle) * Math.sin(Math.PI * part);
  });
}

/** A chair creaks: it sticks and slips, faster and slower, and its wood and metal ring, higher than a mouth does. */
function addChair(samples: Float32Array, at: number, random: Random): void {
  const parts = [700, 1_650, 2_900, 4_300].map((frequency) => resonance(frequency * (0.8 + 0.4 * random()), 120));
  const [slow, fast] = [25 + random() * 30, 60 + random() * 60];
  let phase = 0;
  add(samples, at, 0.3 + random() * 0.7, (_, part) => {
    phase += (slow + (fast - slow) * Math.sin(Math.PI * part)) * (0.8 + 0.4 * random()) / rate;
    const slip = phase >= 1 ? 0.5 + random() : 0;
    phase %= 1;
    return Math.sin(Math.PI * part) * parts.reduce((sum, ring) => sum + ring(slip), 0);
  });
}

/** Something is put on the desk, or a knee hits it. */
function addKnock(samples: Float32Array, at: number, random: Random): void {
  const [desk, hard] = [resonance(90 + random() * 80, 25), resonance(700 + random() * 600, 200)];
  add(samples, at, 0.25, (i) => {
    const hit = i < 60 ? (random() - 0.5) * Math.exp(-i / 25) : 0;
    return 4 * desk(hit) + 1.5 * hard(hit);
  });
}

/** A student at work, for a while: room, keys, paper, the chair, things on the desk. */
export function deskSound(seconds: number, random: Random): Float32Array {
  const samples = new Float32Array(Math.round(seconds * rate));
  addRoom(samples, random);
  for (let at = random() * 4; at < seconds; ) {
    const what = random();
    if (what < 0.4) {
      const lasts = 3 + random() * 9;
      addTyping(samples, random, at, Math.min(seconds, at + lasts));
      at += lasts;
    } else if (what < 0.65) addPaper(samples, at, random);
    else if (what < 0.8) addChair(samples, at, random);
    else addKnock(samples, at, random);
    at += 1 + random() * 6;
  }
  return samples.map((sample) => Math.max(-1, Math.min(1, sample)));
}

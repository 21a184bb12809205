import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCameraClip } from './camera-clip.js';
import { type Happened, happenedIn, type Scene, scenes, truthSet } from './scenes.js';
import { makeSoundClip, type Spoken } from './sound-clip.js';

/** What the fake camera and the fake microphone play, and what is in it, in seconds of the clips. */
export interface Clips {
  camera: string;
  microphone: string;
  happened: Happened[];
  spoken: Spoken[];
  stop(): Promise<void>;
}

const speechAt = [44, 72];

/** Makes both clips in a temporary folder. @param long for more than a minute of recording */
export const makeClips = (long: boolean): Promise<Clips> => makeClipsOf(scenes(truthSet(), long));

/** The same of some scenes; all together they are a multiple of 16 s long, as the sound code needs it. */
export async function makeClipsOf(list: readonly Scene[]): Promise<Clips> {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-clips-'));
  const [camera, microphone] = [join(folder, 'camera.mjpeg'), join(folder, 'microphone.wav')];
  await makeCameraClip(camera, list);
  const seconds = list.reduce((sum, scene) => sum + scene.seconds, 0);
  const spoken = await makeSoundClip(microphone, seconds, speechAt);
  return { camera, microphone, happened: happenedIn(list), spoken, stop: () => rm(folder, { recursive: true, force: true }) };
}

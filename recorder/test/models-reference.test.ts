import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../src/worker/media/frame.js';
import { proposeFaces } from '../src/worker/models/blaze-face.js';
import { detectWithCenterNet } from '../src/worker/models/center-net.js';
import type { DetectedObject } from '../src/worker/models/coco.js';
import { descriptorOf, distance } from '../src/worker/models/dlib-face.js';
import { headPose, meshOf } from '../src/worker/models/face-mesh.js';
import { gazeOf } from '../src/worker/models/iris.js';
import { loadModel, modelFolder, type Model } from '../src/worker/models/load.js';
import { detectObjects } from '../src/worker/models/nano-det.js';

/** Clips and an independent implementation of the models' pre- and post-processing, which are not part of the project. */
const shared = fileURLToPath(new URL('../../../shared', import.meta.url));
const referenceFile = join(shared, 'models/reference.mjs');
const missing = !existsSync(referenceFile) || !existsSync(join(shared, 'media/truth.json'));
/** From here the reference finds the packages that it imports. */
const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

/** The parts of the reference that are compared. Boxes are left, top, right, bottom. */
type Corners = readonly [number, number, number, number];
interface Reference {
  session: (path: string) => Promise<unknown>;
  detectFaces: (sessions: object, frame: object, minimum: number) => Promise<{ score: number; box: Corners }[]>;
  meshOf: (sessions: object, frame: object, face: object) => Promise<{ flag: number; pts: Float32Array }>;
  headPose: (mesh: object) => { yaw: number; pitch: number; roll: number };
  gaze: (sessions: object, frame: object, mesh: object) => Promise<{ h: number; v: number; open: number }>;
  EMB: { dlibRaw: (sessions: object, frame: object, mesh: object) => Promise<Float32Array> };
  dist: (a: Float32Array, b: Float32Array) => number;
  nano: (sessions: object, frame: object, minimum: number, options: object) => Promise<{ label: string; score: number; box: Corners }[]>;
  objects: (sessions: object, frame: object, minimum: number) => Promise<{ label: string; score: number; box: Corners }[]>;
}

const names = ['blazeface', 'facemesh', 'iris', 'dlibface', 'nanodet', 'centernet'] as const;

describe.skipIf(missing)(missing ? 'skipped: no reference in ../shared/models' : 'the models, beside the reference', () => {
  let folder: string;
  let reference: Reference;
  const sessions: Record<string, unknown> = {};
  const models = {} as Record<(typeof names)[number], Model>;

  beforeAll(async () => {
    await mkdir(cache, { recursive: true });
    folder = await mkdtemp(join(cache, 'reference-'));
    await copyFile(referenceFile, join(folder, 'reference.mjs'));
    reference = (await import(pathToFileURL(join(folder, 'reference.mjs')).href)) as Reference;
    for (const name of names) {
      sessions[name] = await reference.session(join(modelFolder, `${name}.onnx`));
      models[name] = await loadModel(`${name}.onnx`);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** One picture of a clip, in the project's form and in the reference's. */
  function decode(file: string, seconds: number) {
    const data = execFileSync(
      'ffmpeg',
      ['-v', 'error', '-nostdin', ...(seconds ? ['-ss', String(seconds)] : []), '-i', join(shared, 'media', file), '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
      { maxBuffer: 640 * 480 * 3 },
    );
    expect(data).toHaveLength(640 * 480 * 3);
    const frame: Frame = { timeMs: seconds * 1_000, width: 640, height: 480, data };
    return { frame, other: { data, w: 640, h: 480 } };
  }

  /** What both see of the best face in a picture. */
  async function look(file: string, seconds: number) {
    const { frame, other } = decode(file, seconds);
    const { faces } = await proposeFaces(models.blazeface, frame, 0.5);
    const otherFaces = await reference.detectFaces(sessions, other, 0.5);
    expect(faces).toHaveLength(otherFaces.length);
    const mesh = await meshOf(models.facemesh, frame, faces[0]!);
    const otherMesh = await reference.meshOf(sessions, other, otherFaces[0]!);
    return {
      ours: { face: faces[0]!, mesh, pose: headPose(mesh), gaze: await gazeOf(models.iris, frame, mesh) },
      theirs: { face: otherFaces[0]!, mesh: otherMesh, pose: reference.headPose(otherMesh), gaze: await reference.gaze(sessions, other, otherMesh) },
      descriptor: await descriptorOf(models.dlibface, frame, mesh),
      otherDescriptor: await reference.EMB.dlibRaw(sessions, other, otherMesh),
    };
  }

  const expectNear = (ours: number, theirs: number, tolerance: number): void =>
    expect(Math.abs(ours - theirs), `${ours} beside ${theirs}`).toBeLessThan(tolerance);
  function expectSameBox({ x, y, width, height }: DetectedObject['box'], corners: Corners): void {
    for (const [index, edge] of [x, y, x + width, y + height].entries()) expectNear(edge, corners[index]!, 0.02);
  }

  it.each([['clips/look-away.mp4', 2], ['clips/look-away.mp4', 7], ['clips/impostor.mp4', 30]] as const)('face, pose and gaze: %s, %d s', async (file, seconds) => {
    const { ours, theirs } = await look(file, seconds);
    expectNear(ours.face.score, theirs.face.score, 1e-4);
    expectSameBox(ours.face.box, theirs.face.box);
    expectNear(ours.mesh.flag, theirs.mesh.flag, 1e-4);
    for (const [index, value] of ours.mesh.points.entries()) expectNear(value, theirs.mesh.pts[index]!, 0.02);
    for (const axis of ['yaw', 'pitch', 'roll'] as const) expectNear(ours.pose[axis], theirs.pose[axis], 0.02);
    for (const part of ['h', 'v', 'open'] as const) expectNear(ours.gaze[part], theirs.gaze[part], 1e-3);
    expect(ours.gaze.eyeWidth).toBeGreaterThan(5);
  });

  it('distances of faces', async () => {
    const baseline = await look('baseline-B.jpg', 0);
    const [same, another] = [await look('clips/impostor.mp4', 10), await look('clips/impostor.mp4', 30)];
    for (const { descriptor, otherDescriptor } of [same, another])
      expectNear(distance(descriptor, baseline.descriptor), reference.dist(otherDescriptor, baseline.otherDescriptor), 1e-3);
    expect(distance(same.descriptor, baseline.descriptor)).toBeLessThan(0.45);
    expect(distance(another.descriptor, baseline.descriptor)).toBeGreaterThan(0.45);
  });

  it('objects: clips/phone.mp4, 30 s', async () => {
    const { frame, other } = decode('clips/phone.mp4', 30);
    const both = [
      [await detectObjects(models.nanodet, frame, { minimum: 0.2 }), await reference.nano(sessions, other, 0.2, { norm: true, bgr: true })],
      [await detectWithCenterNet(models.centernet, frame, { minimum: 0.2 }), await reference.objects(sessions, other, 0.2)],
    ] as const;
    for (const [ours, theirs] of both) {
      expect(ours.map(({ label }) => label)).toEqual(theirs.map(({ label }) => label));
      expect(ours.map(({ label }) => label)).toEqual(expect.arrayContaining(['cell phone', 'person']));
      for (const [index, { score, box }] of ours.entries()) {
        expectNear(score, theirs[index]!.score, 1e-3);
        expectSameBox(box, theirs[index]!.box);
      }
    }
  });

  it('objects in a region: only the wanted ones, where the whole frame has them', async () => {
    const { frame } = decode('clips/phone.mp4', 30);
    for (const [detect, model] of [[detectObjects, models.nanodet], [detectWithCenterNet, models.centernet]] as const) {
      const search = { minimum: 0.2, classes: ['cell phone'] } as const;
      const [whole] = await detect(model, frame, search);
      const { x, y, width, height } = whole!.box;
      const region = { x: x - width, y: y - height, width: width * 3, height: height * 3 };
      const near = await detect(model, frame, { ...search, region });
      expect(new Set(near.map(({ label }) => label))).toEqual(new Set(['cell phone']));
      const [inside] = near;
      expect(Math.abs(inside!.box.x + inside!.box.width / 2 - (x + width / 2))).toBeLessThan(width / 2);
      expect(Math.abs(inside!.box.y + inside!.box.height / 2 - (y + height / 2))).toBeLessThan(height / 2);
    }
  });
});

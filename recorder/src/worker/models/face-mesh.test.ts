import { describe, expect, it } from 'vitest';
import { fivePoints, headPose, type FaceMesh } from './face-mesh.js';

type Vector = [x: number, y: number, z: number];

/** A head of which only the points matter that the pose is worked out from, turned about the camera's axes by degrees. */
function head({ yaw = 0, pitch = 0, roll = 0 }: { yaw?: number; pitch?: number; roll?: number }): FaceMesh {
  const points = new Float32Array(468 * 3);
  const turn = (vector: Vector, from: 0 | 1 | 2, to: 0 | 1 | 2, degrees: number): Vector => {
    const angle = (degrees * Math.PI) / 180;
    const turned: Vector = [...vector];
    turned[from] = vector[from] * Math.cos(angle) - vector[to] * Math.sin(angle);
    turned[to] = vector[from] * Math.sin(angle) + vector[to] * Math.cos(angle);
    return turned;
  };
  const put = (number: number, vector: Vector): void => {
    const nodded = turn(vector, 1, 2, -pitch);
    const turned = turn(nodded, 2, 0, yaw);
    points.set(turn(turned, 0, 1, roll).map((value) => value + 200), number * 3);
  };
  put(10, [0, -90, 0]);
  put(152, [0, 90, 0]);
  put(234, [-70, 0, 0]);
  put(454, [70, 0, 0]);
  // The nose stands out towards the camera.
  put(1, [0, 10, -60]);
  put(4, [0, 10, -60]);
  return { flag: 1, points, angle: 0 };
}

describe('headPose', () => {
  it('is 0 for a head that looks straight into the camera', () => {
    const { yaw, pitch, roll } = headPose(head({}));
    expect([yaw, pitch, roll].map((degrees) => Math.abs(Math.round(degrees)))).toEqual([0, 0, 0]);
  });

  it.each([{ yaw: 30 }, { yaw: -50 }, { pitch: 20 }, { pitch: -35 }, { roll: 15 }, { roll: -40 }])('finds %j', (turn) => {
    const pose = headPose(head(turn));
    for (const axis of ['yaw', 'pitch', 'roll'] as const)
      expect(pose[axis], axis).toBeCloseTo({ yaw: 0, pitch: 0, roll: 0, ...turn }[axis], 2);
  });

  it('says where the nose points: to the picture’s left, and up', () => {
    const [, , nose] = fivePoints(head({ yaw: 30, pitch: 20 }));
    expect(nose!.x).toBeLessThan(190);
    expect(nose!.y).toBeLessThan(200);
  });

  it('is a number for a mesh without size', () => {
    expect(Object.values(headPose({ flag: 0, points: new Float32Array(468 * 3), angle: 0 })).every(Number.isFinite)).toBe(true);
  });
});

it('fivePoints are the eyes, the nose and the corners of the mouth, left first', () => {
  const mesh = head({});
  const put = (number: number, x: number, y: number) => mesh.points.set([x, y, 0], number * 3);
  for (const [number, x] of [[33, 10], [133, 30], [159, 20], [145, 20], [362, 50], [263, 70], [386, 60], [374, 60]] as const) put(number, x, 40);
  put(61, 25, 90);
  put(291, 55, 91);
  expect(fivePoints(mesh)).toEqual([
    { x: 20, y: 40 },
    { x: 60, y: 40 },
    { x: 200, y: 210 },
    { x: 25, y: 90 },
    { x: 55, y: 91 },
  ]);
});

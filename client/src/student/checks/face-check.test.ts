import type { FreshLook } from '@vigil/protocol';
import { describe, expect, it } from 'vitest';
import { Unreachable } from '../session/api.js';
import { faceCheck } from './face-check.js';

const track = {} as MediaStreamTrack;

/** The check with answers taken from a list, one a run. */
function make(answers: (FreshLook | Error)[], camera: MediaStreamTrack | null = track) {
  const look = (): Promise<FreshLook> => {
    const answer = answers.shift();
    return answer && !(answer instanceof Error) ? Promise.resolve(answer) : Promise.reject(answer ?? new Error('no more answers'));
  };
  const session = { trackOf: () => camera ?? undefined } as unknown as Parameters<typeof faceCheck>[0]['session'];
  return faceCheck({ session, look, pause: () => Promise.resolve() }, () => Promise.resolve(new Blob(['jpeg'])));
}

describe('the look before the exam', () => {
  it('says so when it knows the student', async () => {
    expect(await make([{ outcome: 'like', problems: [] }]).run()).toEqual({ passed: true, text: 'We recognise you.', help: [] });
  });

  it('goes on with another face, after one more try at most', async () => {
    const check = make([{ outcome: 'unlike', problems: [] }, { outcome: 'unlike', problems: [] }]);
    expect(await check.run()).toMatchObject({ passed: true, again: true });
    expect(await check.run()).toMatchObject({ passed: true, again: false });
  });

  it('asks again for a face that is not clear, and lets go on after two tries', async () => {
    const dark: FreshLook = { outcome: 'unclear', problems: ['too-dark'] };
    const check = make([dark, dark]);
    expect(await check.run()).toMatchObject({ passed: false, help: ['A little more light from the front', 'Then press “Try again”.'] });
    expect(await check.run()).toMatchObject({ passed: true, help: ['A little more light from the front'] });
  });

  it('goes on where a person has still to look, the server is away, or the camera is gone', async () => {
    expect(await make([{ outcome: 'unknown', problems: [] }]).run()).toMatchObject({ passed: true, text: 'A person will compare.' });
    expect(await make([new Unreachable()]).run()).toMatchObject({ passed: true, again: true });
    expect(await make([], null).run()).toMatchObject({ passed: true, again: true });
  });
});

import { VigilError } from '@vigil/protocol/errors';
import { describe, expect, it } from 'vitest';
import { Unreachable } from './api.js';
import { Notes } from './notes.js';

function told(...failures: Error[]) {
  const sent: string[] = [];
  let pauses = 0;
  const notes = new Notes(
    (detail) => {
      sent.push(detail);
      const failure = failures.shift();
      return failure ? Promise.reject(failure) : Promise.resolve();
    },
    () => Promise.resolve(void (pauses += 1)),
  );
  return { notes, sent, pauses: () => pauses };
}

describe('notes', () => {
  it('come one after the other, and again until they arrive', async () => {
    const { notes, sent, pauses } = told(new Unreachable(), new VigilError('noDatabase'), new VigilError('tooMany'));
    void notes.tell('one');
    await notes.tell('two');
    expect(sent).toEqual(['one', 'one', 'one', 'one', 'two']);
    expect(pauses()).toBe(3);
  });

  it('that the server does not want hold up no others', async () => {
    const { notes, sent } = told(new VigilError('notAgreed'));
    void notes.tell('one');
    await notes.tell('two');
    expect(sent).toEqual(['one', 'two']);
  });
});

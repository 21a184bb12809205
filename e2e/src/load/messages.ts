import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import type { Source } from '@vigil/protocol';
import type { Sent } from './source-sender.js';

/** Where students go. */
export type Target =
  | { kind: 'vigil'; links: readonly string[] }
  | { kind: 'janus'; url: string; room: number; names: readonly string[] };

/** What the generator is told. One answer each, before the next. */
export type Order =
  | { do: 'enter'; target: Target }
  | { do: 'count' }
  /** Stops sending, lets the last packets arrive and be reported, ends every attempt. */
  | { do: 'finish' };

/** What one student sent, by source. */
export interface StudentSent {
  recording: string;
  sent: Record<Source, Sent>;
}

export type Answer = { ok: true; students: StudentSent[] } | { ok: false; error: string };

/** Gives an order to a generator and waits until it is carried out. @throws {Error} what went wrong there. */
export async function tell(generator: ChildProcess, order: Order, limitMs = 120_000): Promise<StudentSent[]> {
  const answer = once(generator, 'message', { signal: AbortSignal.timeout(limitMs) });
  generator.send(order);
  const [said] = (await answer) as [Answer];
  if (!said.ok) throw new Error(`the load generator: ${said.error}`);
  return said.students;
}

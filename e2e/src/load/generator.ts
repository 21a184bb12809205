import { setTimeout as pause } from 'node:timers/promises';
import { readClips } from './clips.js';
import { JanusSession } from './janus-session.js';
import { JanusStudent } from './janus-student.js';
import type { Answer, Order, StudentSent, Target } from './messages.js';
import type { LoadStudent } from './publisher.js';
import { VigilStudent } from './vigil-student.js';

/**
 * The load generator's process: students that speak real ICE, DTLS and SRTP. Started with the clips' folder as its
 * argument; takes orders over IPC, and ends with its parent.
 */
const clips = await readClips(process.argv[2]!);
/** How many connect at the same time. */
const together = 4;
/** After the last packet: for the last repair, and the server's last report. */
const settleMs = 3_000;

let students: LoadStudent[] = [];
let session: JanusSession | undefined;

async function enter(target: Target): Promise<void> {
  const janus = target.kind === 'janus' ? (session ??= await JanusSession.create(target.url)) : undefined;
  const waiting = [...(target.kind === 'janus' ? target.names : target.links)];
  const next = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
      students.push(
        janus && target.kind === 'janus'
          ? await JanusStudent.enter(janus, target.room, name, clips)
          : await VigilStudent.enter(name, clips),
      );
  };
  await Promise.all(Array.from({ length: together }, next));
}

const count = (): StudentSent[] => students.map(({ recording, publisher }) => ({ recording, sent: publisher.sent }));

async function finish(): Promise<StudentSent[]> {
  for (const { publisher } of students) publisher.stop();
  await pause(settleMs);
  const sent = count();
  await Promise.all(students.map((student) => student.finish()));
  students = [];
  await session?.close();
  session = undefined;
  return sent;
}

async function obey(order: Order): Promise<StudentSent[]> {
  if (order.do === 'finish') return finish();
  if (order.do === 'enter') await enter(order.target);
  return count();
}

process.on('message', (order: Order) => {
  obey(order)
    .then((sent): Answer => ({ ok: true, students: sent }))
    .catch((error: unknown): Answer => ({ ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }))
    .then((answer) => process.send?.(answer), console.error);
});
process.once('disconnect', () => process.exit(0));

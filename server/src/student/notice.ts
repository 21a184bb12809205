import { createHash } from 'node:crypto';
import type { Config, StudentAttempt } from '@vigil/protocol';
import { sourcesOf } from '@vigil/protocol';
import type { CourseDocument, ExamDocument } from '../store/index.js';

/** What a student is told before agreeing, and the same as text, which is kept with the agreement. */
export interface Notice {
  shown: StudentAttempt['notice'];
  text: string;
}

const words = { webcam: 'the picture of your camera', microphone: 'the sound of your microphone' } as const;

/** The notice for an exam. Its version follows from its words: other words need another agreement. */
export function noticeFor(
  exam: Pick<ExamDocument, 'rules' | 'retentionDays' | 'address' | 'embed' | 'durationMinutes'>,
  course: Pick<CourseDocument, 'name'>,
  config: Pick<Config, 'VIGIL_INSTITUTION' | 'VIGIL_CONTACT' | 'VIGIL_BACKFILL_HOURS'>,
): Notice {
  const institution = config.VIGIL_INSTITUTION;
  const contact = config.VIGIL_CONTACT;
  const sendHours = config.VIGIL_BACKFILL_HOURS;
  const screen = exam.rules.screen === 'monitor' ? 'your whole screen' : 'the screen or window that you share';
  const recorded = sourcesOf(exam.rules).map((source) => (source === 'screen' ? screen : words[source]));
  const seenBy = [`the instructors of ${course.name}`, `those who run this server${institution && ` for ${institution}`}`];
  const text = [
    `${institution ? `${institution} records during the exam` : 'Recorded during the exam'}: ${recorded.join(', ')}.`,
    `Only from the moment you start the exam until you finish it. You have ${exam.durationMinutes} ${exam.durationMinutes === 1 ? 'minute' : 'minutes'} for it.`,
    `The page also notes what it can tell of the browser: ${exam.embed && exam.address ? 'when the exam’s page or full screen is left, ' : ''}when something is copied or pasted on it ` +
      `(how much, not what), ${exam.rules.webcam ? 'the camera’s name, ' : ''}devices and monitors that are plugged in or out, what is shared, and keys for developer tools.`,
    'Meanwhile your browser keeps a small, sealed recording of its own on your computer, only until the server has that time. ' +
      `Where the connection broke, it is sent later: after the exam too, for at most ${sendHours} ${sendHours === 1 ? 'hour' : 'hours'}.`,
    `The recording can be seen by: ${seenBy.join(', ')}. Nobody watches live; what is stored can be looked at about a minute later, also during the exam.`,
    ...(exam.rules.identity ? ['Your face is compared with that of your onboarding, if you agree to one.'] : []),
    'Programs mark moments that a person may want to look at. Only a person decides what they mean.',
    ...(exam.rules.screen === 'off' ? [] : ['A program reads the words on the screen, so that they can be searched.']),
    `The recording is kept for ${exam.retentionDays} days after the exam.`,
    `Questions: ${contact}.`,
  ].join('\n');
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { shown: { version, institution, seenBy, retentionDays: exam.retentionDays, sendHours, contact }, text };
}

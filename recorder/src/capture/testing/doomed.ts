import { opusClip, videoClip } from './clips.js';
import { BEGIN_MS, TestExam } from './exam.js';
import { packetizeOpus, packetizeVideo } from './packetizer.js';

/** `node doomed.js <folder> <ms>`: a process that records into the folder and is killed after so many ms of the exam. */
const [, , folder = '', lifeMs = ''] = process.argv;
const seconds = Math.ceil(Number(lifeMs) / 1_000);
const exam = new TestExam({ folder, segmentMs: { webcam: 20_000, screen: 60_000 } });
exam.send('webcam', 'vp8', packetizeVideo('vp8', videoClip({ codec: 'vp8', seconds, fps: 10, size: '160x120', keyEvery: 50 })));
exam.send('microphone', 'opus', packetizeOpus(opusClip(seconds)));
exam.send('screen', 'vp8', packetizeVideo('vp8', videoClip({ codec: 'vp8', seconds, fps: 5, size: '320x180', keyEvery: 500 })));
let settledMs = BEGIN_MS;
for (const call of exam.take()) {
  call();
  if (exam.nowMs - BEGIN_MS >= Number(lifeMs)) process.kill(process.pid, 'SIGKILL');
  if (exam.nowMs - settledMs < 100) continue;
  settledMs = exam.nowMs;
  await exam.capture.settled(); // the exam's time runs faster than the disk
}

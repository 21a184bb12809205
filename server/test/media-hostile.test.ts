import jwt from 'jsonwebtoken';
import { observer } from 'mediasoup';
import type { types } from 'mediasoup';
import { requests } from '@vigil/protocol';
import type { ExamRules, Source } from '@vigil/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { graceMs } from '../src/attempts/janitor.js';
import { signMediaToken } from '../src/attempts/media-token.js';
import { Attempts, attemptById, closeDatabase, connectDatabase, newId, segmentsOf } from '../src/store/index.js';
import type { Clip } from './media/clip.js';
import { startClip } from './media/clip.js';
import type { Fixture } from './media/fixture.js';
import { enter, eventually, makeAttempt, secret, startFixture, tokenFor } from './media/fixture.js';
import { patienceMs, Refused, Student } from './media/student.js';

const sources: Source[] = ['webcam', 'microphone', 'screen'];
/** Every consumer that the SFU made, by the type of its transport; and transports with SCTP. */
const made = { webrtc: 0, direct: 0, sctp: 0, dtlsFailed: 0 };
const open: { close: () => Promise<unknown> }[] = [];
const keep = <T extends { close: () => Promise<unknown> }>(thing: T): T => {
  open.push(thing);
  return thing;
};
const refusal = (reason: string) => expect.objectContaining({ reason }) as Error;

let fixture: Fixture;
/** An innocent student, recorded all the time; no test may disturb it. */
let victim: Student;
let victimAttempt: string;
let victimProducer: string;
let clip: Clip;

beforeAll(async () => {
  observer.on('newworker', (worker) =>
    worker.observer.on('newrouter', (router) =>
      router.observer.on('newtransport', (transport: types.Transport) => {
        const type = transport.type === 'webrtc' ? 'webrtc' : 'direct';
        transport.observer.on('newconsumer', () => (made[type] += 1));
        transport.observer.on('newdataconsumer', () => (made.webrtc += 1));
        if (type === 'direct') return;
        const { sctpParameters, observer: events } = transport as types.WebRtcTransport;
        if (sctpParameters) made.sctp += 1;
        events.on('dtlsstatechange', (state) => {
          if (state === 'failed') made.dtlsFailed += 1;
        });
      }),
    ),
  );
  await connectDatabase(process.env.MONGODB_URI!);
  fixture = await startFixture();
  clip = await startClip(300);
  victimAttempt = await makeAttempt();
  victim = await enter(fixture, victimAttempt);
  await victim.join(sources);
  victim.feed(clip);
  await victim.request('ready');
  victimProducer = await victim.publish('webcam');
  for (const source of ['microphone', 'screen'] as const) await victim.publish(source);
  await victim.request('begin');
  await victim.hears(() => sources.every((source) => victim.state(source) === 'recorded'));
});
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
  expect(sources.map((source) => victim.state(source))).toEqual(sources.map(() => 'recorded'));
  // Its requests are still served.
  await victim.request('ready');
});
afterAll(async () => {
  await victim.request('finish');
  await victim.close();
  await clip.close();
  await fixture.close();
  await closeDatabase();
});

const joined = async (rules?: ExamRules): Promise<Student> => {
  const student = keep(await enter(fixture, await makeAttempt(rules && { rules })));
  await student.join(sources);
  return student;
};

describe('who may open a socket', () => {
  it.each([
    ['no Origin', {}],
    ['null', { origin: 'null' }],
    ['another site', { origin: 'https://evil.example' }],
    ['a name that begins like ours', { origin: 'http://127.0.0.1.evil.example' }],
  ])('not with %s', async (_name, headers) => {
    const token = await tokenFor(await makeAttempt());
    await expect(Student.connect(fixture.url, token, headers)).rejects.toThrow(refusal('connection'));
  });

  it('not without a token, nor with one for something else', async () => {
    const sub = await makeAttempt();
    for (const token of [undefined, '', { $ne: null }, ['x'], jwt.sign({ sub, aud: 'take' }, secret)])
      await expect(Student.connect(fixture.url, token)).rejects.toThrow(refusal('linkInvalid'));
  });

  it('not with the session of another attempt, nor with an older one', async () => {
    const [mine, other] = [await makeAttempt(), await makeAttempt()];
    const older = await tokenFor(mine);
    const session = (await attemptById(mine))!.session!;
    const sign = (attempt: string) =>
      signMediaToken({ attempt, session: session.id, node: session.node }, secret, Date.now(), 60_000);
    await expect(Student.connect(fixture.url, sign(other))).rejects.toThrow(refusal('replaced'));
    await expect(Student.connect(fixture.url, sign(newId()))).rejects.toThrow(refusal('linkInvalid'));
    await tokenFor(mine);
    await expect(Student.connect(fixture.url, older)).rejects.toThrow(refusal('replaced'));
  });

  it('not on another media process, and not before the student agreed', async () => {
    const attempt = await makeAttempt();
    const { sid } = jwt.decode(await tokenFor(attempt)) as { sid: string };
    const elsewhere = signMediaToken({ attempt, session: sid, node: 'another' }, secret, Date.now(), 60_000);
    await expect(Student.connect(fixture.url, elsewhere)).rejects.toThrow(refusal('noMedia'));
    await expect(tokenFor(await makeAttempt({ progress: 'created' }))).rejects.toThrow(refusal('notAgreed'));
    await expect(tokenFor(await makeAttempt({ progress: 'expired' }))).rejects.toThrow(refusal('attemptEnded'));
  });

  it('not after the end', async () => {
    const attempt = await makeAttempt({ progress: 'ready' });
    const token = await tokenFor(attempt);
    const student = keep(await Student.connect(fixture.url, token));
    await student.join(['webcam']);
    await student.request('begin');
    const [first, second] = await Promise.all([student.request('finish'), student.request('finish')]);
    expect(second).toEqual(first);
    for (const event of ['join', 'begin', 'ready'] as const)
      await expect(student.request(event)).rejects.toThrow(refusal('attemptEnded'));
    await expect(Student.connect(fixture.url, token)).rejects.toThrow(refusal('attemptEnded'));
    await expect(tokenFor(attempt)).rejects.toThrow(refusal('attemptEnded'));
    expect((await attemptById(attempt))!.history.filter(({ kind }) => kind === 'submitted')).toHaveLength(1);
  });
});

describe('no message yields media', () => {
  it('whatever is asked: no consumer on a WebRTC transport, no SCTP', async () => {
    const student = await joined();
    const router = await student.request('join');
    const wish = {
      producerId: victimProducer,
      rtpCapabilities: router.routerRtpCapabilities,
      role: 'instructor',
      direction: 'recv',
      consuming: true,
      producing: false,
      transportId: router.transport.id,
      sctpStreamParameters: { streamId: 0 },
      enableSctp: true,
      numSctpStreams: { OS: 1024, MIS: 1024 },
    };
    const names = ['consume', 'createConsumer', 'createWebRtcTransport', 'createTransport', 'subscribe', 'resumeConsumer'];
    const data = ['produceData', 'consumeData', 'pipeToRouter', 'getRouterRtpCapabilities', 'watch', 'disconnect2'];
    const inherited = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];
    for (const name of [...names, ...data, ...inherited])
      await expect(student.raw(name, wish)).rejects.toThrow(refusal('badInput'));
    for (const name of Object.keys(requests)) {
      if (name === 'finish') continue;
      const answer = await student.raw(name, wish).catch(() => ({}));
      expect(JSON.stringify(answer)).not.toMatch(/consumer|sctp|dataChannel/i);
    }
    expect(made).toMatchObject({ webrtc: 0, sctp: 0 });
    expect(made.direct).toBeGreaterThanOrEqual(3);
  });

  it("another student's producers cannot be touched", async () => {
    const student = await joined();
    await expect(student.request('closeProducer', { producerId: victimProducer })).rejects.toThrow(refusal('notFound'));
    const muted = { producerId: victimProducer, muted: true };
    await expect(student.request('setMuted', muted)).rejects.toThrow(refusal('notFound'));
  });
});

describe('what may be sent', () => {
  it('only what the exam records, and the whole screen where it asks for it', async () => {
    const student = await joined({ webcam: true, microphone: false, screen: 'monitor' });
    await expect(student.publish('microphone')).rejects.toThrow(refusal('notAllowed'));
    const screen = student.produceMessage('screen');
    for (const surface of ['window', 'browser'])
      await expect(student.request('produce', { ...screen, surface })).rejects.toThrow(refusal('wrongSurface'));
    await expect(student.publish('screen')).resolves.toBeTruthy();
    // Firefox and Safari do not say what is shared.
    await expect(student.request('produce', { ...screen, surface: 'unknown' })).resolves.toBeTruthy();
    const swapped = { ...student.produceMessage('microphone'), source: 'webcam' };
    await expect(student.request('produce', swapped)).rejects.toThrow(refusal('badInput'));
  });

  it('in the order of the attempt', async () => {
    const student = keep(await enter(fixture, await makeAttempt()));
    await expect(student.request('begin')).rejects.toThrow(refusal('wrongState'));
    await expect(student.request('restartIce')).rejects.toThrow(refusal('wrongState'));
    await student.join(sources);
    await expect(student.request('begin')).rejects.toThrow(refusal('wrongState'));
    await expect(student.request('finish')).rejects.toThrow(refusal('wrongState'));
    const opensAt = new Date(Date.now() + 60_000);
    const early = keep(await enter(fixture, await makeAttempt({ progress: 'ready', opensAt })));
    await early.join(sources);
    await expect(early.request('begin')).rejects.toThrow(refusal('notOpenYet'));
  });

  it('a probe is neither recorded nor kept', async () => {
    const student = await joined();
    const before = made.direct;
    const message = { ...student.produceMessage('webcam'), source: 'probe' };
    const { producerId } = await student.request('produce', message);
    await student.request('ready');
    await student.request('begin');
    expect(made.direct).toBe(before);
    await expect(student.request('closeProducer', { producerId })).rejects.toThrow(refusal('notFound'));
    await expect(student.request('produce', message)).rejects.toThrow(refusal('wrongState'));
    await student.hears(() => student.state('webcam') === 'not-recorded not-published');
  });

  it('muted before the recording begins is muted in the record, and unmuted after it is not', async () => {
    const student = await joined();
    student.feed(clip);
    await student.request('ready');
    const producerId = await student.publish('webcam');
    await student.request('setMuted', { producerId, muted: true });
    await student.request('begin');
    await student.hears(() => student.state('webcam') === 'not-recorded muted');
    await student.request('setMuted', { producerId, muted: false });
    await student.hears(() => student.state('webcam') === 'recorded');
  });

  /** Each of these, handed to mediasoup as it is, throws while a request is being written. */
  it('odd parameters are refused, and break nothing', async () => {
    const student = await joined();
    const message = student.produceMessage('webcam');
    const rtp = message.rtpParameters as { codecs: object[]; encodings: object[] };
    const odd: object[] = [
      { ...rtp, encodings: [{ ...rtp.encodings[0], ssrc: 'x' }] },
      { ...rtp, encodings: [{ ...rtp.encodings[0], ssrc: 1.5 }] },
      { ...rtp, encodings: [{ ssrc: 1 }, { ssrc: 2 }] },
      { ...rtp, encodings: [{ ssrc: 1, rtx: { ssrc: {} } }] },
      { ...rtp, codecs: [{ ...rtp.codecs[0], parameters: { a: [{ deep: 1 }] } }] },
      { ...rtp, codecs: [{ ...rtp.codecs[0], mimeType: 'video/H264' }] },
      { ...rtp, codecs: [{ ...rtp.codecs[0], payloadType: 1e9 }] },
      { ...rtp, codecs: [] },
      { ...rtp, mid: 'x'.repeat(5_000) },
      { ...rtp, rtcp: { cname: 'x'.repeat(5_000) } },
      { ...rtp, headerExtensions: [{ uri: 'urn:nothing', id: 1 }] },
      JSON.parse('{"__proto__":{"admin":true},"codecs":{}}') as object,
      {},
    ];
    for (const rtpParameters of odd)
      await expect(student.request('produce', { ...message, rtpParameters })).rejects.toThrow(refusal('badInput'));
    // What mediasoup would choke on, but means nothing here, is dropped.
    const encodings = [{ ...rtp.encodings[0], maxBitrate: 1.5, scalabilityMode: 'L3T3' }];
    await student.request('produce', { ...message, rtpParameters: { ...rtp, encodings } });
    for (const dtlsParameters of [{}, { fingerprints: [{ algorithm: 'sha-256', value: 7 }] }, { fingerprints: [null] }, { fingerprints: [] }])
      await expect(student.request('connectTransport', { dtlsParameters })).rejects.toThrow(refusal('badInput'));
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    await joined();
  });

  it('a DTLS certificate that was not announced sends nothing', async () => {
    const student = keep(await enter(fixture, await makeAttempt({ progress: 'ready' })));
    const fingerprint = Array.from({ length: 32 }, () => '00').join(':');
    // The peer itself may take the handshake for done.
    await student.join(sources, fingerprint).catch(() => undefined);
    student.feed(clip);
    await student.publish('webcam');
    await student.request('begin');
    await eventually(() => Promise.resolve(made.dtlsFailed === 1));
    await student.request('closeProducer', { producerId: await student.publish('webcam') });
    expect(student.heard.recording.filter(({ state }) => state === 'recorded')).toEqual([]);
  });
});

describe('noise', () => {
  it('lines for the history before there is a recording', async () => {
    const student = await joined();
    await expect(student.raw('note', { detail: 'Less.' })).rejects.toThrow(refusal('wrongState'));
  });

  it('messages without an answer, without a payload, with odd payloads', async () => {
    const student = await joined();
    const { socket } = student;
    socket.emit('join');
    socket.emit('join', {});
    socket.emit('begin', null, {}, 'x');
    socket.emit('finish', () => undefined);
    for (const payload of [null, undefined, 0, 'x', [], [[]], Buffer.from('x')])
      await expect(student.raw('setMuted', payload)).rejects.toThrow(refusal('badInput'));
    expect(socket.connected).toBe(true);
  });

  it('a flood is refused, then cut off; only its own attempt notices', async () => {
    const student = await joined();
    const reasons = new Set<string>();
    for (let i = 0; i < 200; i += 1)
      student.raw('restartIce', {}).catch((error: unknown) => reasons.add(error instanceof Refused ? error.reason : 'none'));
    await eventually(() => Promise.resolve(reasons.has('tooMany')));
    const gone = new Promise((resolve) => student.socket.once('disconnect', resolve));
    for (let i = 0; i < 2_000; i += 1) student.socket.emit('nothing', {});
    await gone;
    await victim.request('ready');
  });

  it('media without bound is cut off, and kept away for a while; what another student sends is recorded without a gap', async () => {
    const attempt = await makeAttempt({ progress: 'ready' });
    const token = await tokenFor(attempt);
    const student = keep(await Student.connect(fixture.url, token));
    await student.join(['microphone']);
    await student.publish('microphone');
    await student.request('begin');
    const beganMs = Date.now();
    await student.flood('microphone', () => student.socket.connected && Date.now() - beganMs < 30_000);
    expect(student.socket.connected).toBe(false);
    const endedMs = Date.now();
    await eventually(async () => (await attemptById(attempt))!.progress === 'interrupted');
    expect((await attemptById(attempt))!.history.at(-1)).toMatchObject({ kind: 'interrupted', cause: 'unknown', detail: expect.any(String) as string });
    const again = keep(await Student.connect(fixture.url, token));
    await expect(again.request('join')).rejects.toThrow(refusal('tooMany'));

    const during = async () =>
      (await segmentsOf([victimAttempt])).filter(({ startMs, durationMs }) => startMs + durationMs > beganMs && startMs < endedMs);
    for (const track of ['webcam', 'screen']) {
      const own = await eventually(async () => {
        const segments = (await during()).filter((segment) => segment.track === track);
        return Math.max(...segments.map(({ startMs, durationMs }) => startMs + durationMs)) > endedMs && segments;
      });
      own.sort((a, b) => a.startMs - b.startMs);
      // But for what the clip's own maker stutters on a busy machine.
      const gaps = own.flatMap((segment) => segment.gaps).filter(({ cause, startMs, endMs }) => cause !== 'unknown' || endMs - startMs >= 1_000);
      expect(gaps).toEqual([]);
      own.slice(1).forEach(({ startMs }, index) => expect(startMs - own[index]!.startMs - own[index]!.durationMs).toBeLessThan(100));
      for (const { video, durationMs } of own) expect(video!.frames).toBeGreaterThan((durationMs / 1_000) * 5);
    }
  });

  it('a message that is too large closes only its own socket', async () => {
    const student = await joined();
    const gone = new Promise((resolve) => student.socket.once('disconnect', resolve));
    student.socket.emit('produce', { source: 'x'.repeat(100_000) });
    await gone;
  });

  it('a message that announces attachments without end closes only its own socket', async () => {
    const student = await joined();
    const gone = new Promise((resolve) => student.socket.once('disconnect', resolve));
    student.socket.io.engine.write('5100000-["produce",{"_placeholder":true,"num":0}]');
    await gone;
  });

  it('a deeply nested message is only refused', async () => {
    const student = await joined();
    const rtp = '['.repeat(30_000) + ']'.repeat(30_000);
    // The client's own encoder cannot write this; the number asks for an answer.
    student.socket.io.engine.write(`27["produce",{"source":"webcam","kind":"video","rtpParameters":{"codecs":${rtp}}}]`);
    await expect(student.request('restartIce')).resolves.toBeTruthy();
  });
});

describe('time', () => {
  it('ends an attempt by itself', async () => {
    const attempt = await makeAttempt({ progress: 'interrupted' });
    const endsAt = new Date(Date.now() - graceMs + patienceMs);
    await Attempts.updateOne({ _id: attempt }, { $set: { startedAt: new Date(endsAt.getTime() - 60_000), endsAt } });
    const student = keep(await enter(fixture, attempt));
    await student.join(sources);
    student.feed(clip);
    await student.publish('webcam');
    await student.request('begin');
    await student.hears(() => student.heard.ended.length === 1, 2 * patienceMs);
    expect(student.heard.ended[0]).toMatchObject({ why: 'time-over' });
    await eventually(async () => (await attemptById(attempt))!.progress === 'submitted');
  });
});

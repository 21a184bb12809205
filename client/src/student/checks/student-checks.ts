import type { ExamRules, FreshLook } from '@vigil/protocol';
import { lackOf, type BrowserFacts, type BrowserScope } from '../session/browser.js';
import type { Devices } from '../session/devices.js';
import { probeLimit } from '../session/encodings.js';
import type { RecordingSession } from '../session/recording-session.js';
import { measureUplink, noiseTrack } from '../session/uplink.js';
import type { Check, CheckName, CheckOutcome } from './checks.js';
import { faceCheck } from './face-check.js';
import { openLevelMeter } from './level.js';
import { reasonOf, sentenceOf, wordsForDevice, wordsForLack, wordsForScreen, wordsForUplink, type Words } from './words.js';

/** What the checks work with. */
export interface CheckParts {
  rules: ExamRules;
  scope: BrowserScope;
  browser: BrowserFacts;
  devices: Devices;
  session: Pick<RecordingSession, 'setTrack' | 'trackOf' | 'probe' | 'open'>;
  /** Compares a picture with the onboarding; undefined where there is none to compare with. */
  look: ((picture: Blob) => Promise<FreshLook>) | undefined;
  /** The device that the student chose in a card; undefined: the browser's own choice. */
  chosen: (name: 'camera' | 'microphone') => string | undefined;
  pause: (ms: number) => Promise<void>;
}

const passed = (text: string): CheckOutcome => ({ passed: true, text, help: [] });
const failed = ({ text, help }: Words): CheckOutcome => ({ passed: false, text, help });

/** A microphone gives some noise even in a silent room; one that is switched off gives none (60 dB below full is 0). */
const silence = 0.02;
/** Looks at the level, one each 200 ms. */
const listens = 30;

/** The checks that an exam's rules ask for, in their order. */
export function studentChecks(parts: CheckParts): Check[] {
  const { rules } = parts;
  const asked: [boolean, Check][] = [
    [true, { name: 'browser', running: 'Looking at the browser…', run: () => Promise.resolve(checkBrowser(parts)) }],
    [rules.webcam, { name: 'camera', running: 'Please allow the camera when the browser asks.', run: () => checkCamera(parts) }],
    [rules.webcam && parts.look !== undefined, faceCheck(parts)],
    [rules.microphone, { name: 'microphone', running: 'Please allow the microphone when the browser asks, and say a few words.', run: () => checkMicrophone(parts) }],
    [
      rules.screen !== 'off',
      {
        name: 'screen',
        running: 'The browser asks what to share.',
        beforeClick: rules.screen === 'monitor' ? wordsForScreen('refused', parts.browser).help[0] ?? '' : 'Press “Share my screen” and choose your screen or the exam’s window.',
        run: () => checkScreen(parts),
      },
    ],
    [true, { name: 'uplink', running: 'Sending test data to the media server for a few seconds…', run: () => checkUplink(parts) }],
  ];
  return asked.filter(([wanted]) => wanted).map(([, check]) => check);
}

/** What a card says when its source is lost after it passed. */
export function wordsForLoss(name: CheckName, browser: BrowserFacts): Words {
  return name === 'screen'
    ? { text: 'Sharing has stopped.', help: wordsForScreen('refused', browser).help }
    : { text: `The ${name} was unplugged, or the browser is not allowed to use it any more.`, help: ['Plug it in or allow it again, then press “Try again”.'] };
}

function checkBrowser({ scope, rules, browser }: CheckParts): CheckOutcome {
  const lack = lackOf(scope, rules.screen !== 'off');
  return lack ? failed(wordsForLack(lack, browser)) : passed(`${browser.label} can record this exam.`);
}

async function checkCamera({ devices, session, chosen, browser }: CheckParts): Promise<CheckOutcome> {
  try {
    session.setTrack('webcam', await devices.openCamera(chosen('camera')));
    return passed('Do you see yourself? Sit so that your whole face is in the picture, with light from the front.');
  } catch (error) {
    return failed(wordsForDevice('camera', reasonOf(error), browser));
  }
}

async function checkMicrophone({ devices, session, chosen, browser, pause }: CheckParts): Promise<CheckOutcome> {
  try {
    const track = await devices.openMicrophone(chosen('microphone'));
    session.setTrack('microphone', track);
    const meter = openLevelMeter(track);
    try {
      for (let look = 0; look < listens; look++) {
        await pause(200);
        const level = meter.read();
        if (level !== undefined && level > silence) return passed('We hear your microphone. Say a few words: the bar moves.');
      }
      // Without a click the browser may not let us listen; the track itself is live, and is recorded all the same.
      if (meter.read() === undefined) return passed('The microphone is open.');
    } finally {
      meter.close();
    }
    return failed({
      text: 'The microphone is open, but gives no sound at all.',
      help: ['Look for a mute switch or key on the microphone, headset or keyboard.', 'Or choose another microphone below.', 'Then press “Try again”.'],
    });
  } catch (error) {
    return failed(wordsForDevice('microphone', reasonOf(error), browser));
  }
}

async function checkScreen({ devices, session, rules, browser }: CheckParts): Promise<CheckOutcome> {
  try {
    const { track, surface } = await devices.openScreen(rules.screen === 'monitor');
    session.setTrack('screen', track, surface);
    if (surface === 'unknown' && rules.screen === 'monitor')
      return passed('You share something. Please make sure that it is the whole screen: the picture below shows it.');
    return passed(surface === 'monitor' || surface === 'unknown' ? 'You share your whole screen.' : 'You share a window or a tab. Stay in it during the exam.');
  } catch (error) {
    return failed(wordsForScreen(reasonOf(error), browser));
  }
}

async function checkUplink({ session, pause }: CheckParts): Promise<CheckOutcome> {
  const { width, height, maxFramerate } = probeLimit;
  let track: MediaStreamTrack | undefined;
  try {
    await session.open();
    track = noiseTrack(width, height, maxFramerate);
    const probe = await session.probe(track);
    const result = await measureUplink(probe, pause).finally(() => probe.close());
    const words = wordsForUplink(result);
    return { passed: result.grade !== 'none', ...words };
  } catch (error) {
    return failed({ text: sentenceOf(error), help: ['Then press “Try again”.'] });
  } finally {
    track?.stop();
  }
}

import { VigilError } from '@vigil/protocol/errors';
import { Unreachable } from '../session/api.js';
import type { BrowserFacts, BrowserLack } from '../session/browser.js';
import { DeviceError, type DeviceReason } from '../session/devices.js';
import type { UplinkResult } from '../session/uplink.js';

/** What a card says: what happened, and the steps that mend it. */
export interface Words {
  text: string;
  help: string[];
  /** For those who want to know more. */
  details?: string;
}

/** For a browser in which the exam cannot be recorded. */
export function wordsForLack(lack: BrowserLack, { label, mobile }: BrowserFacts): Words {
  switch (lack) {
    case 'insecure':
      return {
        text: 'This page was opened without encryption, so the browser gives it no camera.',
        help: ['Open the link again with https:// at its beginning.', 'If that does not work, tell your instructor.'],
      };
    case 'webrtc':
      return {
        text: `${label} cannot record this exam.`,
        help: ['Open the same link in a current Chrome, Edge, Firefox or Safari.'],
      };
    case 'screen':
      return {
        text: mobile ? 'Phones and tablets cannot share their screen with this page.' : `${label} cannot share the screen.`,
        help: ['Open the same link on a computer, in a current Chrome, Edge, Firefox or Safari.'],
      };
  }
}

const allowSteps: Record<BrowserFacts['name'], (device: string) => string> = {
  chrome: (device) => `Click the icon to the left of the address, and switch the ${device} on.`,
  edge: (device) => `Click the lock to the left of the address, and set the ${device} to “Allow”.`,
  firefox: (device) => `Click the crossed-out ${device} to the left of the address, and take the block away.`,
  safari: (device) => `In the menu Safari, “Settings for This Website”, set the ${device} to “Allow”.`,
  other: (device) => `Look for the ${device} beside the address or in the browser’s settings, and allow it for this page.`,
};

/** For a camera or microphone that cannot be opened. */
export function wordsForDevice(device: 'camera' | 'microphone', reason: DeviceReason, browser: BrowserFacts): Words {
  const again = 'Then press “Try again”.';
  switch (reason) {
    case 'refused':
      return {
        text: `The browser is not allowed to use your ${device}.`,
        help: [
          allowSteps[browser.name](device),
          ...(browser.mac ? [`On a Mac also look in System Settings, Privacy & Security, ${device === 'camera' ? 'Camera' : 'Microphone'}.`] : []),
          again,
        ],
      };
    case 'missing':
      return { text: `No ${device} was found.`, help: [`Plug a ${device} in, or switch it on.`, again] };
    case 'busy':
      return { text: `The ${device} is there, but gives nothing.`, help: [`Close other programs that may use it, such as video calls.`, again] };
    case 'unsupported':
    case 'wrong-surface':
    case 'other':
      return { text: `The ${device} could not be opened.`, help: ['Close other programs that may use it, or restart the browser.', again] };
  }
}

/** For a screen that was not shared. */
export function wordsForScreen(reason: DeviceReason, { mac, name }: BrowserFacts): Words {
  const choose = name === 'firefox' ? 'choose “Use operating system settings” or “Entire screen”' : 'choose “Entire screen” and click the picture of it';
  if (reason === 'wrong-surface')
    return {
      text: 'That was a window or a tab. This exam asks for the whole screen.',
      help: [`Press “Share my screen”, ${choose}.`],
    };
  return {
    text: 'The screen is not shared yet.',
    help: [
      `Press “Share my screen”, ${choose}.`,
      ...(mac ? ['If your Mac refuses: System Settings, Privacy & Security, Screen Recording, allow your browser, and restart it.'] : []),
    ],
  };
}

/** The measured uplink as what to expect. */
export function wordsForUplink({ grade, kbps, loss, roundTripMs }: UplinkResult): Words {
  const rate = kbps >= 1_000 ? `${(kbps / 1_000).toFixed(1)} Mbit/s` : `${kbps} kbit/s`;
  const details = [
    `${rate} upwards`,
    ...(loss === undefined ? [] : [`${(loss * 100).toFixed(loss < 0.1 ? 1 : 0)} % lost`]),
    ...(roundTripMs === undefined ? [] : [`${roundTripMs} ms to the server and back`]),
  ].join(', ');
  const closer = 'Sit closer to the Wi-Fi or use a cable, and stop downloads and video on this line.';
  switch (grade) {
    case 'good':
      return { text: 'Good: expect a clear recording.', help: [], details };
    case 'fair':
      return { text: 'Enough: the recording may be less sharp at times.', help: [], details };
    case 'weak':
      return {
        text: 'Weak: parts of the recording may be missing. You can go on; what is missing is noted as caused by the connection.',
        help: [closer],
        details,
      };
    case 'none':
      return {
        text: 'Nothing reached the media server.',
        help: ['A firewall or VPN may block it. Try without the VPN, or another network.', 'Then press “Try again”.'],
      };
  }
}

/** A sentence for whatever was thrown. */
export function sentenceOf(error: unknown): string {
  if (error instanceof VigilError || error instanceof Unreachable) return error.message;
  return 'Something went wrong in this page. Reload it; if it stays, tell your instructor.';
}

/** Why a device could not be had, from whatever was thrown. */
export const reasonOf = (error: unknown): DeviceReason => (error instanceof DeviceError ? error.reason : 'other');

/** Browsers that the words of help know; `other` gets general words. */
export type BrowserName = 'chrome' | 'edge' | 'firefox' | 'safari' | 'other';

/** The browser as far as help depends on it. */
export interface BrowserFacts {
  name: BrowserName;
  /** As its maker writes it, with the main version, e.g. `Firefox 153`. */
  label: string;
  mobile: boolean;
  mac: boolean;
}

/** Reads `navigator.userAgent`; used for words only, never to decide what works. */
export function readBrowser(userAgent: string): BrowserFacts {
  const kinds: [BrowserName, string, RegExp][] = [
    ['edge', 'Edge', /\bEdg(?:e|A|iOS)?\/(\d+)/],
    ['firefox', 'Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
    ['other', 'Opera', /\bOPR\/(\d+)/],
    ['chrome', 'Chrome', /\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\/(\d+)/],
    ['safari', 'Safari', /\bVersion\/(\d+).*Safari\//],
  ];
  const mobile = /\b(?:Android|iPhone|iPad|Mobile)\b/.test(userAgent);
  const mac = /\bMacintosh\b/.test(userAgent);
  for (const [name, maker, pattern] of kinds) {
    const version = pattern.exec(userAgent)?.[1];
    if (version) return { name, label: `${maker} ${version}`, mobile, mac };
  }
  return { name: 'other', label: 'This browser', mobile, mac };
}

/** The parts of `window` that the recording needs. */
export interface BrowserScope {
  isSecureContext: boolean;
  RTCPeerConnection?: unknown;
  navigator: { mediaDevices?: { getUserMedia?: unknown; getDisplayMedia?: unknown } };
}

/** Why the exam cannot be recorded here; undefined when it can. */
export type BrowserLack = 'insecure' | 'webrtc' | 'screen';

/** Looks for the features, not for names. @param screen whether the exam records it. */
export function lackOf(scope: BrowserScope, screen: boolean): BrowserLack | undefined {
  // Checked first: without a secure context the browser hides its devices, and would look too old.
  if (!scope.isSecureContext) return 'insecure';
  const media = scope.navigator.mediaDevices;
  if (!scope.RTCPeerConnection || !media?.getUserMedia) return 'webrtc';
  return screen && !media.getDisplayMedia ? 'screen' : undefined;
}

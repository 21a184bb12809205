import { describe, expect, it } from 'vitest';
import { lackOf, readBrowser } from './browser.js';

const agents = {
  chrome: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  edge: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0',
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0',
  safari: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  phone: 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36',
};

describe('readBrowser', () => {
  it('names the browsers', () => {
    expect(readBrowser(agents.chrome)).toEqual({ name: 'chrome', label: 'Chrome 156', mobile: false, mac: false });
    expect(readBrowser(agents.edge)).toMatchObject({ name: 'edge', label: 'Edge 156' });
    expect(readBrowser(agents.firefox)).toMatchObject({ name: 'firefox', label: 'Firefox 153' });
    expect(readBrowser(agents.safari)).toMatchObject({ name: 'safari', label: 'Safari 18', mac: true });
    expect(readBrowser(agents.phone)).toMatchObject({ name: 'chrome', mobile: true });
    expect(readBrowser('curl/8')).toMatchObject({ name: 'other', label: 'This browser' });
  });
});

describe('lackOf', () => {
  const media = { getUserMedia: () => 0, getDisplayMedia: () => 0 };
  it('finds nothing missing in a whole browser', () => {
    expect(lackOf({ isSecureContext: true, RTCPeerConnection: Object, navigator: { mediaDevices: media } }, true)).toBeUndefined();
  });
  it('tells plain HTTP from an old browser', () => {
    expect(lackOf({ isSecureContext: false, RTCPeerConnection: Object, navigator: {} }, true)).toBe('insecure');
    expect(lackOf({ isSecureContext: true, navigator: { mediaDevices: media } }, true)).toBe('webrtc');
  });
  it('needs screen sharing only where the exam does', () => {
    const phone = { isSecureContext: true, RTCPeerConnection: Object, navigator: { mediaDevices: { getUserMedia: () => 0 } } };
    expect(lackOf(phone, true)).toBe('screen');
    expect(lackOf(phone, false)).toBeUndefined();
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from '@playwright/test';
import { familyOf, processes, theOne } from './processes.js';

/** Where Chromium is; a package of Debian. */
export const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Flags for a Chromium without a window: its own test picture and beeps as devices, a drawn screen as the whole screen. */
export const fakeDevices = [
  '--no-sandbox',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--auto-select-desktop-capture-source=Entire screen',
];

export interface StudentBrowserOptions {
  /** Display to draw on; the whole of it is what is shared. */
  display: string;
  /** Motion JPEG and WAV that the fake devices play. */
  camera: string;
  microphone: string;
  /** Folder of the profile, which stays; else one of its own, that goes with the browser. */
  profile?: string;
}

/** A student's browser. */
export interface StudentBrowser {
  context: BrowserContext;
  /** Its main process, and the one that reads cameras. @throws {Error} when it is not there. */
  pid(of: 'browser' | 'camera'): number;
  close(): Promise<void>;
}

/**
 * A student's Chromium with fake devices, in a profile of its own that goes with it. Background tabs are throttled
 * as in every other browser: Playwright's flags against that are taken away.
 */
export async function launchStudent(options: StudentBrowserOptions): Promise<StudentBrowser> {
  const profile = options.profile ?? (await mkdtemp(join(tmpdir(), 'vigil-profile-')));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath,
    headless: false,
    viewport: null,
    // The test servers' certificates are signed by nobody.
    ignoreHTTPSErrors: true,
    // For the worker that notes what is captured.
    bypassCSP: true,
    env: { ...process.env, DISPLAY: options.display },
    ignoreDefaultArgs: ['--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding', '--mute-audio'],
    args: [
      '--no-sandbox',
      // Not --use-fake-ui-for-media-stream: with it, a test picture is shared and not the screen.
      '--auto-accept-camera-and-microphone-capture',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${options.camera}`,
      `--use-file-for-fake-audio-capture=${options.microphone}`,
      '--auto-select-desktop-capture-source=Entire screen',
      // No window manager runs there: the window itself has to cover the screen, and show nothing but the page.
      '--kiosk',
      '--window-position=0,0',
      '--window-size=1280,720',
    ],
  });
  return {
    context,
    pid: (of) => {
      const main = theOne(processes(), new RegExp(`^(?!.*--type=).*--user-data-dir=${profile}`)).pid;
      return of === 'browser' ? main : theOne(familyOf(main), /video_capture\.mojom/).pid;
    },
    close: async () => {
      await context.close();
      if (options.profile === undefined) await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

import { statfs, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lasting, waitRecorded } from '../main-job/record.js';
import type { Fault, Scene } from './run-fault.js';

const kill = (pid: number): void => void process.kill(pid, 'SIGKILL');

/** Opens the student's link again, as after a reload, and waits for camera and microphone. */
async function reopen(scene: Scene): Promise<void> {
  // A network that has just come back does not carry the first packets yet: a person presses “reload”.
  const untilMs = Date.now() + 30_000;
  const opened = (): Promise<unknown> =>
    scene.page.goto(scene.link).catch(async (error: unknown) => {
      if (Date.now() > untilMs) throw error;
      await lasting(500);
      await opened();
    });
  await opened();
  await waitRecorded(scene.page, ['webcam', 'microphone'], 60_000);
}
/** Shares the screen again, as the page asks for it. */
async function shareAgain({ page }: Scene): Promise<void> {
  await page.bringToFront();
  await page.getByTestId('share-screen').click({ timeout: 60_000 });
}

async function cutFor(scene: Scene, ms: number): Promise<number> {
  await scene.network.cut();
  await lasting(ms);
  await scene.network.mend();
  return Date.now();
}

/** Fills the data folder's file system to its last block. */
async function fillDisk({ product }: Scene): Promise<string> {
  const file = join(product.data, 'filler');
  await writeFile(file, '');
  for (let block = 4_000_000; block >= 4_096; ) {
    const { bavail, bsize } = await statfs(product.data);
    if (bavail * bsize < block) block = Math.floor(block / 4);
    else await writeFile(file, Buffer.alloc(block, 1), { flag: 'a' }).catch(() => (block = Math.floor(block / 4)));
  }
  return file;
}

const dayMs = 86_400_000;

/** Each is real: a process is killed, a cable pulled, a disk filled. */
export const faults: readonly Fault[] = [
  {
    name: 'sfu-killed',
    title: 'SFU worker: kill -9',
    happen: (scene) => {
      kill(scene.product.pid('sfu'));
      return Promise.resolve(Date.now());
    },
  },
  {
    name: 'server-killed',
    title: 'server: kill -9',
    happen: (scene) => {
      kill(scene.product.pid('server'));
      return Promise.resolve(Date.now());
    },
  },
  {
    name: 'worker-killed',
    title: 'recorder worker: kill -9',
    unseen: true,
    happen: (scene) => {
      kill(scene.product.pid('worker'));
      return Promise.resolve(Date.now());
    },
  },
  {
    name: 'database-stopped',
    title: 'database stopped for 60 s',
    unseen: true,
    happen: async (scene) => {
      const pid = scene.product.pid('database');
      process.kill(pid, 'SIGSTOP');
      await lasting(60_000);
      process.kill(pid, 'SIGCONT');
      return Date.now();
    },
  },
  {
    name: 'disk-full',
    title: 'disk full for 25 s',
    diskMb: 96,
    happen: async (scene) => {
      const file = await fillDisk(scene);
      await lasting(25_000);
      await unlink(file);
      return Date.now();
    },
  },
  { name: 'cut-30s', title: 'network cut for 30 s', happen: (scene) => cutFor(scene, 30_000) },
  { name: 'cut-5min', title: 'network cut for 5 min', happen: (scene) => cutFor(scene, 300_000) },
  {
    name: 'thin',
    title: 'uplink 100 kbit/s and 5 % loss, for 60 s',
    happen: async (scene) => {
      await scene.network.thin(100, 5);
      await lasting(60_000);
      await scene.network.widen();
      return Date.now();
    },
  },
  {
    name: 'reload',
    title: 'page reloaded',
    reloads: true,
    happen: async (scene) => {
      scene.page.on('dialog', (dialog) => void dialog.accept());
      const atMs = Date.now();
      await scene.page.reload();
      return atMs;
    },
    help: shareAgain,
  },
  {
    name: 'browser-killed',
    title: 'browser killed, opened again with the same profile',
    reloads: true,
    happen: async (scene) => {
      kill(scene.student.pid('browser'));
      await scene.student.close().catch(() => undefined);
      await scene.relaunch();
      const atMs = Date.now();
      await reopen(scene);
      return atMs;
    },
    help: shareAgain,
  },
  {
    name: 'killed-offline',
    title: 'network cut, then the browser killed, both back after 20 s',
    reloads: true,
    happen: async (scene) => {
      await scene.network.cut();
      await lasting(20_000);
      kill(scene.student.pid('browser'));
      await scene.student.close().catch(() => undefined);
      await scene.network.mend();
      await scene.relaunch();
      const atMs = Date.now();
      await reopen(scene);
      return atMs;
    },
    help: shareAgain,
  },
  {
    name: 'camera-unplugged',
    title: 'camera gone, and back',
    happen: async (scene) => {
      // The process that reads cameras dies with its camera, as when the plug is pulled; a new one is started when asked for.
      kill(scene.student.pid('camera'));
      await scene.page.locator('[data-testid=problem][data-problem=webcam]').waitFor({ timeout: 20_000 });
      return Date.now();
    },
    help: async ({ page }) => {
      await page.bringToFront();
      await page.getByTestId('reopen-webcam').click();
    },
  },
  {
    name: 'share-stopped',
    title: 'screen share stopped, and shared again',
    happen: async (scene) => {
      // What the browser does when its own "Stop sharing" is pressed, which no test can press.
      await scene.page.evaluate(() => {
        const { vigilShared } = globalThis as unknown as { vigilShared: MediaStreamTrack };
        vigilShared.stop();
        vigilShared.dispatchEvent(new Event('ended'));
      });
      await scene.page.locator('[data-testid=problem][data-problem=screen]').waitFor({ timeout: 20_000 });
      return Date.now();
    },
    help: shareAgain,
  },
  {
    name: 'day-off',
    title: 'clock of the browser a day ahead of the server’s, and the network cut for 30 s',
    browserAheadMs: dayMs,
    // The server is set back: a Chromium under libfaketime draws no more pictures.
    env: { LD_PRELOAD: '/usr/$LIB/faketime/libfaketime.so.1', FAKETIME: '-1d', FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1' },
    happen: (scene) => cutFor(scene, 30_000),
  },
  {
    name: 'two-tabs',
    title: 'the same link in two tabs: the second takes over',
    reloads: true,
    happen: async (scene) => {
      const first = scene.page;
      scene.page = await scene.context.newPage();
      const atMs = Date.now();
      await reopen(scene);
      await first.getByTestId('replaced').waitFor({ timeout: 20_000 });
      return atMs;
    },
    help: shareAgain,
  },
];


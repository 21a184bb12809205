import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorker } from 'mediasoup';
import { afterEach, describe, expect, it } from 'vitest';
import { findWorker } from '../setup/mediasoup-worker.mjs';

describe('the mediasoup worker', () => {
  const resolved = process.env.MEDIASOUP_WORKER_BIN;
  afterEach(() => {
    process.env.MEDIASOUP_WORKER_BIN = resolved;
  });

  it('runs as a worker of the installed mediasoup', async () => {
    const worker = await createWorker({ ...(resolved && { workerBin: resolved }) });
    const router = await worker.createRouter({ mediaCodecs: [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 }] });
    const transport = await router.createWebRtcTransport({ listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }] });
    expect(transport.iceCandidates[0]?.port).toBeGreaterThan(0);
    worker.close();
  });

  it('says so when MEDIASOUP_WORKER_BIN is no worker', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vigil-worker-'));
    const path = join(folder, 'worker');
    await writeFile(path, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    process.env.MEDIASOUP_WORKER_BIN = path;
    await expect(findWorker()).rejects.toThrow(/does not run here as a mediasoup worker/);
    await rm(folder, { recursive: true });
  });
});

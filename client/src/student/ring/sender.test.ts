import type { CoverageAnswer, StudentAttempt } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol/errors';
import { describe, expect, it, vi } from 'vitest';
import { Unreachable } from '../session/api.js';
import type { ShelfPiece } from './piece-shelf.js';
import { Sender, type UploadEnd } from './sender.js';
import type { SendingView } from './sending-view.js';

const piece = (startMs: number, more: Partial<ShelfPiece> = {}): ShelfPiece => ({
  name: `p${startMs}`, track: 'webcam', startMs, endMs: startMs + 5_000, bytes: 100, open: false, ...more,
});
const answer = (settledToMs: number, ...missing: [number, number][]): CoverageAnswer => ({
  nowMs: settledToMs,
  open: true,
  tracks: [{ track: 'webcam', settledToMs, missing: missing.map(([startMs, endMs]) => ({ source: 'webcam' as const, startMs, endMs })) }],
});

/** A server, a store and a clock that stand still until the test moves them. */
class World {
  pieces: ShelfPiece[];
  known = true;
  coverage: CoverageAnswer | Error = answer(0);
  finishedAtMs: number | null = 8_000;
  sentAnswer: Error | undefined;
  ends: Record<string, UploadEnd[]> = {};
  now = 100_000;
  asked = 0;
  said: string[] = [];
  views: SendingView[] = [];
  uploaded: string[] = [];
  pauses: number[] = [];
  free = true;
  well = false;
  #go: (() => void)[] = [];
  readonly sender: Sender;

  constructor(...pieces: ShelfPiece[]) {
    this.pieces = pieces;
    const reply = <T>(value: T | Error): Promise<T> => (value instanceof Error ? Promise.reject(value) : Promise.resolve(value));
    const here = (): ShelfPiece[] => this.pieces;
    this.sender = new Sender({
      shelf: {
        attempt: 'a',
        get pieces() {
          return here();
        },
        refresh: () => Promise.resolve(),
        remove: (name) => Promise.resolve(void (this.pieces = this.pieces.filter((one) => one.name !== name))),
        forget: () => {
          this.pieces = [];
          this.known = false;
          return Promise.resolve();
        },
        known: () => Promise.resolve(this.known),
      },
      api: {
        attempt: () => Promise.resolve({ finishedAtMs: this.finishedAtMs } as StudentAttempt),
        coverage: () => {
          this.asked++;
          return reply(this.coverage);
        },
        sent: () => {
          this.said.push('sent');
          return reply(this.sentAnswer ?? answer(0));
        },
      },
      upload: ({ name, bytes }, progress) => {
        this.uploaded.push(name);
        progress(bytes / 2);
        return Promise.resolve(this.ends[name]?.shift() ?? { how: 'received' });
      },
      locks: { alone: (_name, work) => (this.free ? work() : Promise.resolve(undefined)) },
      now: () => this.now,
      serverNow: () => this.now,
      isWell: () => this.well,
      pause: (ms) => {
        this.pauses.push(ms);
        return new Promise((resolve) => this.#go.push(resolve));
      },
      changed: (view) => void this.views.push(view),
      tell: (detail) => void this.said.push(detail),
    });
  }

  /** Starts, or lets the pause end; resolves at the next pause, or at the end. */
  async step(): Promise<void> {
    const before = this.pauses.length;
    this.#running ??= this.sender.run();
    for (const go of this.#go.splice(0)) go();
    let over = false;
    void this.#running.then(() => (over = true));
    await vi.waitFor(() => expect(over || this.pauses.length > before).toBe(true));
  }
  #running: Promise<void> | undefined;

  names = (): string[] => this.pieces.map(({ name }) => name);
}

describe('Sender', () => {
  it('removes what the record has, sends what it lacks, the oldest first, and keeps what is not settled', async () => {
    const world = new World(piece(0), piece(5_000), piece(10_000), piece(15_000), piece(20_000, { open: true }));
    world.coverage = answer(15_000, [5_100, 14_000]);
    await world.step();
    expect(world.uploaded).toEqual(['p5000', 'p10000']);
    expect(world.names()).toEqual(['p15000', 'p20000']);
    expect(world.sender.view.state).toBe('waiting');
  });

  it('tells how far it is, in bytes', async () => {
    const world = new World(piece(0), piece(5_000));
    world.coverage = answer(10_000, [0, 10_000]);
    await world.step();
    const seen = world.views.filter(({ state }) => state === 'sending').map(({ sentBytes, totalBytes, leftBytes }) => [sentBytes, totalBytes, leftBytes]);
    expect(seen).toEqual([
      [0, 200, 200],
      [50, 200, 200],
      [100, 200, 100],
      [150, 200, 100],
    ]);
    expect(world.views.at(-1)).toMatchObject({ state: 'sent', leftBytes: 0 });
  });

  it('does not ask while there is nothing that could be settled', async () => {
    const world = new World();
    await world.step();
    world.pieces = [piece(0)];
    world.now = 24_999;
    await world.step();
    expect(world.asked).toBe(0);
    world.now = 25_001;
    await world.step();
    expect(world.asked).toBe(1);
    expect(world.pauses).toEqual([20_000, 20_000, 20_000]);
  });

  it('asks less often while all is recorded live and the server wants nothing', async () => {
    const world = new World(piece(0));
    world.well = true;
    world.coverage = answer(5_000, [0, 5_000]);
    world.ends = { p0: [{ how: 'unsure' }] };
    for (let i = 0; i < 3; i++) await world.step();
    world.pieces = [piece(10_000)];
    world.coverage = answer(15_000);
    await world.step();
    world.well = false;
    await world.step();
    expect(world.pauses.slice(-2)).toEqual([60_000, 20_000]);
  });

  it('asks at once when it is woken', async () => {
    const world = new World(piece(0));
    await world.step();
    world.coverage = answer(5_000);
    world.sender.wake();
    await vi.waitFor(() => expect(world.pieces).toEqual([]));
  });

  it('ends the round where the line breaks, and tries again later', async () => {
    const world = new World(piece(0), piece(5_000));
    world.coverage = answer(10_000, [0, 10_000]);
    world.ends = { p0: [{ how: 'failed' }] };
    await world.step();
    expect(world.uploaded).toEqual(['p0']);
    expect(world.sender.view.state).toBe('waiting');
    await world.step();
    expect(world.uploaded).toEqual(['p0', 'p0', 'p5000']);
  });

  it('goes on behind a piece that the server cannot take now', async () => {
    const world = new World(piece(0), piece(5_000), piece(10_000));
    world.coverage = answer(15_000, [0, 15_000]);
    world.ends = { p0: [{ how: 'refused', error: new VigilError('internal') }], p5000: [{ how: 'unsure' }] };
    await world.step();
    expect(world.names()).toEqual(['p0', 'p5000']);
    await world.step();
    expect(world.names()).toEqual([]);
  });

  it('removes a piece that is of no use, and says so', async () => {
    const world = new World(piece(0), piece(5_000));
    world.coverage = answer(10_000, [0, 10_000]);
    world.ends = { p0: [{ how: 'refused', error: new VigilError('pieceInvalid') }] };
    await world.step();
    expect(world.names()).toEqual([]);
    expect(world.said).toEqual([expect.stringContaining('p0')]);
  });

  it('keeps everything while the server is away or does not know coverage', async () => {
    const world = new World(piece(0));
    for (const error of [new Unreachable(), new VigilError('notFound'), new VigilError('noDatabase')]) {
      world.coverage = error;
      await world.step();
    }
    expect(world.names()).toEqual(['p0']);
    expect(world.uploaded).toEqual([]);
  });

  it('leaves it to another tab that is sending', async () => {
    const world = new World(piece(0));
    world.coverage = answer(5_000);
    world.free = false;
    await world.step();
    expect(world.names()).toEqual(['p0']);
    expect(world.asked).toBe(0);
  });

  describe('at the opening', () => {
    const settled = async (world: World): Promise<boolean> => {
      let sent = false;
      void world.sender.leftOversSent.then(() => (sent = true));
      await world.step();
      return sent;
    };

    it('does not hold anybody up when nothing was left', async () => {
      expect(await settled(new World())).toBe(true);
    });

    it('says when what was left is sent', async () => {
      const world = new World(piece(0));
      world.coverage = answer(5_000, [0, 5_000]);
      expect(await settled(world)).toBe(true);
      expect(world.uploaded).toEqual(['p0']);
    });

    it('asks again soon for what is not settled, but not for ever', async () => {
      const world = new World(piece(0));
      expect(await settled(world)).toBe(false);
      expect(world.pauses).toEqual([3_000]);
      expect(await settled(world)).toBe(true);
    });

    it('tells the student at once what is left, and when it has been sent', async () => {
      const world = new World(piece(0), piece(5_000));
      await world.step();
      expect(world.views[0]).toMatchObject({ state: 'waiting', leftBytes: 200 });
      world.coverage = answer(5_000, [0, 5_000]);
      await world.step();
      expect(world.sender.view.state).toBe('waiting');
      world.coverage = answer(10_000, [5_000, 10_000]);
      await world.step();
      expect(world.sender.view.state).toBe('sent');
    });

    it('does not say that anything was sent when the server wanted nothing', async () => {
      const world = new World(piece(0));
      world.coverage = answer(5_000);
      await world.step();
      expect(world.sender.view.state).toBe('idle');
    });

    it('does not wait for a server that gives no answer', async () => {
      const world = new World(piece(0));
      world.coverage = new Unreachable();
      expect(await settled(world)).toBe(true);
    });
  });

  it('asks soon for what was kept while the connection was lost, and says when it has gone', async () => {
    const world = new World();
    await world.step();
    world.pieces = [piece(90_000), piece(95_000)];
    world.well = true;
    world.sender.returned();
    expect(world.sender.view.state).toBe('waiting');
    await vi.waitFor(() => expect(world.pauses).toEqual([20_000, 8_000]));
    world.coverage = answer(100_000, [90_000, 100_000]);
    await world.step();
    expect(world.uploaded).toEqual(['p90000', 'p95000']);
    expect(world.sender.view.state).toBe('sent');
    expect(world.pauses.at(-1)).toBe(20_000);
  });

  describe('after the end', () => {
    it('tells the server when nothing is left, and forgets the attempt', async () => {
      const world = new World(piece(0), piece(5_000, { endMs: 12_000 }));
      world.coverage = answer(0);
      world.sender.over();
      await world.step();
      expect(world.sender.view.state).toBe('waiting');
      expect(world.said).toEqual([]);
      world.coverage = answer(8_000, [6_000, 8_000]);
      await world.step();
      expect(world.uploaded).toEqual(['p5000']);
      expect(world.said).toEqual(['sent']);
      expect(world.sender.view).toMatchObject({ state: 'received', leftBytes: 0 });
      expect(world.known).toBe(false);
    });

    it('waits longer each time for a server that does not answer', async () => {
      const world = new World(piece(0));
      world.coverage = new Unreachable();
      world.sender.over();
      for (let i = 0; i < 4; i++) await world.step();
      expect(world.pauses).toEqual([6_000, 12_000, 20_000, 20_000]);
      expect(world.sender.view.state).toBe('waiting');
    });

    it('waits longer each time for a server that takes nothing of what it wants', async () => {
      const world = new World(piece(0));
      world.coverage = answer(5_000, [0, 5_000]);
      world.ends = { p0: Array.from({ length: 4 }, () => ({ how: 'refused', error: new VigilError('wrongState') })) };
      world.sender.over();
      for (let i = 0; i < 4; i++) await world.step();
      expect(world.pauses).toEqual([6_000, 12_000, 20_000, 20_000]);
      await world.step();
      expect(world.sender.view.state).toBe('received');
    });

    it('does not say received before the server knows', async () => {
      const world = new World();
      world.sentAnswer = new Unreachable();
      world.sender.over();
      await world.step();
      expect(world.sender.view.state).toBe('waiting');
      world.sentAnswer = undefined;
      await world.step();
      expect(world.sender.view.state).toBe('received');
    });

    it('says nothing for a browser that never kept anything', async () => {
      const world = new World();
      world.known = false;
      world.sender.over();
      await world.step();
      expect(world.said).toEqual([]);
      expect(world.sender.view.state).toBe('idle');
    });

    it.each([
      ['the coverage says so', { ...answer(0), open: false }, []],
      ['the question is refused', new VigilError('sendingClosed'), []],
      ['the link has expired', new VigilError('linkExpired'), []],
      ['a piece is refused', answer(5_000, [0, 5_000]), [{ how: 'refused', error: new VigilError('sendingClosed') }]],
    ] satisfies [string, CoverageAnswer | Error, UploadEnd[]][])('clears the store when sending is closed: %s', async (_why, coverage, ends) => {
      const world = new World(piece(0));
      world.coverage = coverage;
      world.ends = { p0: ends };
      world.sender.over();
      await world.step();
      expect(world.sender.view.state).toBe('closed');
      expect(world.known).toBe(false);
      expect(world.said).toHaveLength(1);
    });
  });
});

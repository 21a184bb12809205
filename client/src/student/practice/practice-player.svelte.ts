import type { Practice, Track } from '@vigil/protocol';
import { Pane } from '../../instructor/player/pane.js';
import { Player, type PlayerView } from '../../instructor/player/player.js';
import { SegmentIndex } from '../../instructor/player/segment-index.js';
import { SourceWriter } from '../../instructor/player/source-writer.js';
import type { Fetch } from '../../instructor/player/segment-stream.js';

const address = '/api/student/practice/segments';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Plays a practice's tracks side by side, with the player of the review page. */
export class PracticePlayer {
  view: PlayerView<Track>;
  readonly lengthMs: number;
  readonly #panes: Pane[];
  readonly #player: Player<Track>;
  #frame: number;

  /** @param videos one for each track that was recorded */
  constructor({ tracks }: Practice, videos: Partial<Record<Track, HTMLVideoElement>>, fetch: Fetch) {
    const segments = tracks.flatMap((one) => one.segments);
    const startMs = Math.min(...segments.map((one) => one.startMs));
    this.lengthMs = Math.max(...segments.map((one) => one.startMs + one.durationMs)) - startMs;
    const panes = tracks.flatMap(({ track, segments }) => {
      const video = videos[track];
      if (!video) return [];
      const openWriter = (first: ConstructorParameters<typeof SourceWriter>[1]): SourceWriter => new SourceWriter(video, first);
      const nothing = (): undefined => undefined;
      const index = new SegmentIndex(segments, startMs, address);
      return [[track, new Pane({ video, index, causeAt: nothing, onBlocked: () => this.#player.pause(), onFailed: nothing, fetch, wait, openWriter })] as const];
    });
    this.#panes = panes.map(([, pane]) => pane);
    this.#player = new Player(Object.fromEntries(panes) as Record<Track, Pane>, () => performance.now(), this.lengthMs);
    this.view = $state.raw(this.#player.tick());
    const onFrame = (): void => {
      this.#tick();
      this.#frame = requestAnimationFrame(onFrame);
    };
    this.#frame = requestAnimationFrame(onFrame);
  }

  toggle(): void {
    if (this.view.playing) this.#player.pause();
    else {
      for (const pane of this.#panes) pane.retry();
      this.#player.play();
    }
    this.#tick();
  }

  seek(positionMs: number): void {
    this.#player.seek(positionMs);
    this.#tick();
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    for (const pane of this.#panes) pane.close();
  }

  #tick(): void {
    this.view = this.#player.tick();
  }
}

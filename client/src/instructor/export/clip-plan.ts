import type { AttemptTimeline, Track } from '@vigil/protocol';
import { BRIDGE_MS, SegmentIndex, type IndexedSegment } from '../player/segment-index.js';
import type { Range } from '../player/ranges.js';

/** Pictures a second of a clip: a screen is recorded with at most 5, a camera with 12. */
export const CLIP_FPS = 10;
/** A clip is joined in parts of this length, so that no more than a part's recordings are in memory, ms. */
const PART_MS = 30_000;
/** The longest clip, ms: so much was measured, with 0.8 GB in the page's process; parts, sound and file are all in memory at the end. */
export const MOST_MS = 10 * 60_000;

/** Where something stands in the clip's picture, px. All even, as 4:2:0 wants it. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  width: number;
  height: number;
  panes: Partial<Record<Track, Box>>;
  /** The names. */
  panel: Box;
  clock: Box;
}

/** One recording's share of a part; times from the part's start, ms. */
export interface Piece extends Range {
  url: string;
  /** Where the file's own time begins. */
  zeroMs: number;
}

/** A part of the clip; times in `pictures`, `missing` and `sounds` from its start, ms. */
export interface Part {
  /** From the attempt's start, ms. */
  fromMs: number;
  frames: number;
  pictures: Partial<Record<Track, Piece[]>>;
  /** Where a pane shows that nothing is recorded. */
  missing: Partial<Record<Track, Range[]>>;
  sounds: Piece[];
}

export interface ClipPlan extends Range {
  frames: number;
  layout: Layout;
  parts: Part[];
}

export const partMs = ({ frames }: Pick<Part, 'frames'>): number => (frames * 1_000) / CLIP_FPS;

/** The screen in its own size, so that it can be read; the camera, the names and the clock beside it. */
function layoutOf(webcam: boolean, screen: boolean): Layout {
  const [height, left] = screen ? [720, 1_280] : webcam ? [480, 640] : [480, 0];
  const panes: Layout['panes'] = {
    ...(screen && { screen: { x: 0, y: 0, width: 1_280, height: 720 } }),
    ...(webcam && { webcam: screen ? { x: 1_280, y: 0, width: 320, height: 240 } : { x: 0, y: 0, width: 640, height: 480 } }),
  };
  const top = webcam && screen ? 240 : 0;
  const clock = { x: left, y: height - 120, width: 320, height: 120 };
  return { width: left + 320, height, panes, panel: { x: left, y: top, width: 320, height: clock.y - top }, clock };
}

/** What of `window` no range covers; what is shorter than the player's bridge is left out. */
function uncovered(ranges: readonly Range[], window: Range): Range[] {
  const found: Range[] = [];
  let at = window.fromMs;
  for (const { fromMs, toMs } of [...ranges].sort((a, b) => a.fromMs - b.fromMs)) {
    if (fromMs - at >= BRIDGE_MS) found.push({ fromMs: at, toMs: Math.min(fromMs, window.toMs) });
    at = Math.max(at, toMs);
    if (at >= window.toMs) return found;
  }
  if (window.toMs - at >= BRIDGE_MS) found.push({ fromMs: at, toMs: window.toMs });
  return found;
}

const cut = (ranges: readonly Range[], { fromMs, toMs }: Range): Range[] =>
  ranges
    .filter((range) => range.fromMs < toMs && range.toMs > fromMs)
    .map((range) => ({ fromMs: Math.max(range.fromMs, fromMs) - fromMs, toMs: Math.min(range.toMs, toMs) - fromMs }));

const pieces = (segments: readonly IndexedSegment[], window: Range): Piece[] =>
  segments
    .filter((segment) => segment.fromMs < window.toMs && segment.holdToMs > window.fromMs)
    .map(({ url, zeroMs, fromMs, holdToMs }) => ({
      url,
      zeroMs: zeroMs - window.fromMs,
      fromMs: Math.max(0, fromMs - window.fromMs),
      toMs: Math.min(holdToMs, window.toMs) - window.fromMs,
    }));

/**
 * Which recordings a clip is made of, and where it says that nothing is recorded.
 * @param range from the attempt's start, ms; the clip is as long to a tenth of a second
 */
export function planClip({ tracks, startMs, exam: { rules } }: Pick<AttemptTimeline, 'tracks' | 'startMs' | 'exam'>, range: Range): ClipPlan {
  const frames = Math.max(1, Math.round(((range.toMs - range.fromMs) * CLIP_FPS) / 1_000));
  const clip = { fromMs: range.fromMs, toMs: range.fromMs + (frames * 1_000) / CLIP_FPS };
  const layout = layoutOf(rules.webcam, rules.screen !== 'off');
  const names = Object.keys(layout.panes) as Track[];
  const segments = (track: Track) => new SegmentIndex(tracks.find((one) => one.track === track)?.segments ?? [], startMs).segments;
  const pictures = new Map(names.map((track) => [track, segments(track).filter(({ kind }) => kind !== 'sound')]));
  const missing = new Map(
    names.map((track) => {
      const shown = (pictures.get(track) ?? []).map(({ fromMs, holdToMs }) => ({ fromMs, toMs: holdToMs }));
      // What the server misses inside a segment.
      const gaps = (tracks.find((one) => one.track === track)?.gaps ?? [])
        .filter(({ source, startMs: from, endMs }) => source === track && endMs - from >= BRIDGE_MS)
        .map((gap) => ({ fromMs: gap.startMs - startMs, toMs: gap.endMs - startMs }));
      return [track, [...uncovered(shown, clip), ...gaps]];
    }),
  );
  const sounds = segments('webcam').filter(({ kind }) => kind !== 'picture');
  const parts: Part[] = [];
  const most = (PART_MS * CLIP_FPS) / 1_000;
  for (let done = 0; done < frames; done += most) {
    const count = Math.min(most, frames - done);
    const fromMs = clip.fromMs + (done * 1_000) / CLIP_FPS;
    const window = { fromMs, toMs: fromMs + (count * 1_000) / CLIP_FPS };
    parts.push({
      fromMs,
      frames: count,
      pictures: Object.fromEntries(names.map((track) => [track, pieces(pictures.get(track) ?? [], window)])),
      missing: Object.fromEntries(names.map((track) => [track, cut(missing.get(track) ?? [], window)])),
      sounds: pieces(sounds, window),
    });
  }
  return { ...clip, frames, layout, parts };
}

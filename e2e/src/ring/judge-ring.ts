import { RecordKind } from '@vigil/protocol';
import type { CaptureTruth } from '../clock/capture-truth.js';
import { compare } from '../main-job/compare.js';
import { type Line, ms } from '../main-job/report.js';
import { decodePieces, longestHole } from './decode-pieces.js';
import type { OpenedPiece } from './pieces.js';

/** What a run is judged by. */
export interface RingExpectation {
  /** How long was recorded, s. */
  seconds: number;
  /** Sources whose time the captured truth knows. */
  sources: readonly (keyof CaptureTruth)[];
  /**
   * Share of the recorded codes that must be among the captured ones. A recorder takes its own choice of a camera's frames,
   * so that many of them were never seen by whoever notes the truth.
   */
  matched: number;
  /** How far single times may be from the median, ms: a drawn camera's pictures are captured later than they are drawn. */
  spreadMs?: number;
}

/** Recorded times may be this far from captured ones, ms. */
const tolerance = 200;

const endOf = ({ records }: OpenedPiece): number => Math.max(0, ...records.map(({ timeMs }) => timeMs));

/** Decodes pieces, and compares them with what the browser captured. */
export async function judgeRing(pieces: readonly OpenedPiece[], truth: CaptureTruth, { seconds, sources, matched: share, spreadMs: wide }: RingExpectation): Promise<Line[]> {
  const decoded = await decodePieces(pieces);
  const of = (track: string): OpenedPiece[] => pieces.filter(({ header }) => header.track === track).sort((a, b) => a.header.startMs - b.header.startMs);
  const perMinute = (track: string): string => {
    const all = of(track);
    const spanMs = Math.max(...all.map((piece) => piece.header.startMs + endOf(piece))) - (all[0]?.header.startMs ?? 0);
    return ((all.reduce((sum, { bytes }) => sum + bytes.length, 0) / spanMs / 1e6) * 60_000).toFixed(2);
  };
  const lengths = (track: string): string => {
    // The newest is still being written.
    const ends = of(track).slice(0, -1).map(endOf);
    return `${ms(Math.max(...ends))} and ${ms(Math.min(...ends))}`;
  };
  const kinds = Object.entries(RecordKind).filter(([, kind]) => pieces.some(({ records }) => records.some((record) => record.kind === kind)));
  const clockErrorMs = Math.max(...pieces.map(({ header }) => header.clockErrorMs));
  const lines: Line[] = [
    { what: 'pieces', measured: `${of('webcam').length} of the webcam, ${of('screen').length} of the screen; records: ${kinds.map(([kind]) => kind).join(', ')}`, holds: of('webcam').length > seconds / 7 && of('screen').length > seconds / 13 - 1 },
    { what: 'longest and shortest piece', measured: `webcam ${lengths('webcam')}, screen ${lengths('screen')}`, holds: pieces.every((piece) => endOf(piece) < (piece.header.track === 'screen' ? 12_500 : 7_500)) },
    { what: 'pieces that begin without a key frame', measured: `${decoded.withoutKey}`, holds: decoded.withoutKey === 0 },
    { what: 'error of the clock that they name', measured: ms(clockErrorMs), holds: clockErrorMs < tolerance },
    { what: 'kept per minute', measured: `webcam and sound ${perMinute('webcam')} MB, screen ${perMinute('screen')} MB` },
  ];
  for (const source of sources) {
    const { count, matched, shiftMs, spreadMs } = compare(decoded[source].filter(({ code }) => code !== null), truth[source].flat());
    lines.push({
      what: `${source}: recorded against captured`,
      measured: `${matched} of ${count} found, ${shiftMs.toFixed(1)} ms off, at most ${spreadMs.toFixed(1)} ms from that`,
      holds: count >= seconds * 0.6 && matched > count * share && (wide === undefined ? Math.abs(shiftMs) + spreadMs < tolerance : Math.abs(shiftMs) < tolerance && spreadMs < wide),
    });
  }
  if (pieces.every(({ header }) => !header.video)) return lines;
  const pictures = [RecordKind.key, RecordKind.delta];
  const [webcam, screen, sound] = [longestHole(of('webcam'), pictures), longestHole(of('screen'), pictures), longestHole(pieces, [RecordKind.sound])];
  lines.push({
    what: 'longest time without',
    measured: `a webcam picture ${ms(webcam)}, a screen picture ${ms(screen)}, sound ${ms(sound)}`,
    holds: webcam < 1_000 && screen < 3_000 && sound < 100,
  });
  return lines;
}

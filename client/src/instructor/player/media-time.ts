/**
 * Where the attempt's start lies in a media element's time, ms. A recording may begin a little before the attempt's start,
 * and a SourceBuffer drops what lies before zero: with a segment's only key frame the whole segment would go
 * (Media Source Extensions, 3.5.8).
 */
const ORIGIN_MS = 3_600_000;

/** A position in the attempt, ms, as a media element's time, s. */
export const toMediaSeconds = (positionMs: number): number => (positionMs + ORIGIN_MS) / 1_000;

/** A media element's time, s, as a position in the attempt, ms. */
export const toPositionMs = (mediaSeconds: number): number => mediaSeconds * 1_000 - ORIGIN_MS;

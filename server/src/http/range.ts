import type { IncomingHttpHeaders } from 'node:http';
import parseRange from 'range-parser';

/** The first and the last byte of a part, both included. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The part of a file that a request asks for (RFC 9110, 14.2). Undefined: all of it; so it is for a header that cannot be
 * read, for several parts at once (which nobody here asks for), and when `If-Range` names another content.
 * @param etag strong, with its quotes.
 */
export function rangeOf(
  headers: IncomingHttpHeaders,
  etag: string,
  size: number,
): ByteRange | 'outside' | undefined {
  if (headers.range === undefined) return undefined;
  const condition = headers['if-range'];
  if (condition !== undefined && condition !== etag) return undefined;
  const ranges = parseRange(size, headers.range);
  if (ranges === -1) return 'outside';
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  const [range] = ranges;
  return range;
}

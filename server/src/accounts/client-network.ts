import { isIPv6 } from 'node:net';

/**
 * What of a client's address tells one client from another: an IPv4 address whole, also one that is written as IPv6 (RFC 4291,
 * section 2.5.5.2); of an IPv6 address the first 64 bits, for whoever has one has all 2^64 of its network (RFC 7421).
 */
export function networkOf(address: string): string {
  const plain = address.replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const groups = groupsOf(plain);
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff')
    return groups.slice(6).map((group) => parseInt(group, 16)).flatMap((pair) => [pair >> 8, pair & 0xff]).join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups, without leading zeros. */
function groupsOf(address: string): string[] {
  // A URL's host is in the canonical form (RFC 5952), whatever was written.
  const parts = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [head = [], tail = []] = parts.map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail];
}

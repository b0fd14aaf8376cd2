import { isIP } from 'node:net';

/**
 * Where a caller's requests are counted together: its IPv4 address, or the /64 that its IPv6 address is in, since
 * whoever has one address of such a network has all of them. A text that is no address stands for itself.
 */
export function sourceOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = groupsOf(address);
  const network = groups.slice(0, 4);
  // An IPv4 caller of a socket that serves both kinds: all of them are in one /64.
  if ([...network, ...groups.slice(4, 6)].join() === '0,0,0,0,0,65535') return dotted(groups.slice(6));
  return `${network.map((group) => group.toString(16)).join(':')}::/64`;
}

/** The eight numbers of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [bare = ''] = address.split('%');
  const [left = [], right = []] = bare.split('::').map(numbersOf);
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

const numbersOf = (part: string): number[] =>
  part === ''
    ? []
    : part.split(':').flatMap((group) => (group.includes('.') ? paired(group) : parseInt(group, 16)));

/** `1.2.3.4`, which may stand at the end, as the two groups that it is. */
function paired(dots: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = dots.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

const dotted = (groups: readonly number[]): string =>
  groups.flatMap((group) => [group >> 8, group & 255]).join('.');

import { sourceOf } from '../../../src/api/callerSource';

test.each([
  ['an IPv4 address', '192.0.2.7', '192.0.2.7'],
  ['the /64 of an IPv6 address', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['the same however it is written', '2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
  ['another network beside it', '2001:db8:1:3::9', '2001:db8:1:3::/64'],
  ['zeros left out in the middle of the network', '2001:db8::2:a:b:c:d', '2001:db8:0:2::/64'],
  ['zeros left out at the start', '::1', '0:0:0:0::/64'],
  ['an address with its interface', 'fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['an IPv4 caller of a socket for both kinds', '::ffff:192.0.2.7', '192.0.2.7'],
  ['the same in hexadecimal', '::ffff:c000:207', '192.0.2.7'],
  ['an IPv4 address inside another IPv6 address', '64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ['what is no address', 'unknown', 'unknown'],
])('%s: %s counts as %s', (_what, address, source) => {
  expect(sourceOf(address)).toBe(source);
});

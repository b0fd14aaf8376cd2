import { isPublicAddress } from '../../../src/net/publicAddress';

test.each(['1.1.1.1', '52.216.0.1', '172.32.0.1', '100.128.0.1', '2600:1f00::1', '2a00:1450:4001::5'])(
  '%s is public',
  (address) => expect(isPublicAddress(address)).toBe(true),
);

test.each([
  ['loopback', '127.0.0.1'],
  ['loopback, another', '127.255.0.3'],
  ['this host', '0.0.0.0'],
  ['private', '10.1.2.3'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.255'],
  ['private', '192.168.1.1'],
  ['link-local, where cloud metadata is', '169.254.169.254'],
  ['carrier NAT', '100.64.0.1'],
  ['benchmarks', '198.18.0.1'],
  ['documentation', '203.0.113.9'],
  ['multicast', '224.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['v6 loopback', '::1'],
  ['v6 unspecified', '::'],
  ['v6 unique local', 'fd00::1'],
  ['v6 link-local', 'fe80::1'],
  ['v6 link-local with a zone', 'fe80::1%eth0'],
  ['v6 multicast', 'ff02::1'],
  ['v4 in v6', '::ffff:127.0.0.1'],
  ['v4 in v6, in hex', '::ffff:7f00:1'],
  ['v4 in v6, even a public one', '::ffff:1.1.1.1'],
  ['NAT64', '64:ff9b::7f00:1'],
  ['6to4 of a private address', '2002:7f00:1::'],
  ['Teredo', '2001:0:7f00:1::'],
  ['v6 documentation', '2001:db8::1'],
  ['no address', 'localhost'],
  ['nothing', ''],
  ['a number', '2130706433'],
])('%s is not public: %s', (_what, address) => expect(isPublicAddress(address)).toBe(false));

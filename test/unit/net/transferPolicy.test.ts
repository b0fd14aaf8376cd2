import { RemoteError } from '../../../src/domain/remoteError';
import { createTransferPolicy } from '../../../src/net/transferPolicy';
import { rejection } from './servers';

const SECRET = 'X-Amz-Signature=0123456789';
const hosts = ['*.amazonaws.com', 'files.example.com'];
const publicly = async (): Promise<string[]> => ['52.216.0.1', '2600:1f00::1'];
const policy = createTransferPolicy({ hosts, allowPrivate: false, resolve: publicly });

const refusal = async (link: string, under = policy): Promise<RemoteError> => {
  const error = await rejection(under.check(link));
  if (!(error instanceof RemoteError)) throw new Error('not a RemoteError');
  expect(`${error.message} ${JSON.stringify(error.options)} ${error.stack}`).not.toContain('0123456789');
  return error;
};

describe('a link that may be followed', () => {
  test.each([
    'https://bucket.s3.us-east-1.amazonaws.com/key?',
    'https://s3.amazonaws.com/b/key?',
    'https://S3.AMAZONAWS.COM/b/key?',
    'https://s3.amazonaws.com./b/key?',
    'https://files.example.com:8443/x?',
  ])('%s comes with the address that its connection is pinned to', async (link) => {
    const target = await policy.check(link + SECRET);
    expect(target.url.href).toBe(new URL(link + SECRET).href);
    expect(target.address).toBe('52.216.0.1');
  });

  test('loopback and plain http only where private addresses are allowed', async () => {
    const sandbox = createTransferPolicy({ hosts: ['127.0.0.1', '::1'], allowPrivate: true });
    expect((await sandbox.check('http://127.0.0.1:4000/put')).address).toBe('127.0.0.1');
    expect((await sandbox.check('http://[::1]:4000/put')).address).toBe('::1');
    const strict = createTransferPolicy({ hosts: ['127.0.0.1', '::1'], allowPrivate: false });
    for (const link of ['https://127.0.0.1/put', 'https://[::1]/put', 'http://127.0.0.1/put']) {
      expect((await refusal(link, strict)).code).toBe('rejected');
    }
  });
});

describe('a link that may not be followed', () => {
  test.each([
    ['another host', 'https://evil.example/x?'],
    ['a host that only ends alike', 'https://evilamazonaws.com/x?'],
    ['the bare domain of a wildcard', 'https://amazonaws.com/x?'],
    ['a host that contains the pattern', 'https://s3.amazonaws.com.evil.example/x?'],
    ['a sub-domain of an exact host', 'https://a.files.example.com/x?'],
    ['plain http', 'http://s3.amazonaws.com/x?'],
    ['another scheme', 'file:///etc/passwd?'],
    ['a user name', 'https://s3.amazonaws.com@evil.example/x?'],
    ['a user name before a good host', 'https://user:0123456789@s3.amazonaws.com/x?'],
    ['an address in disguise', 'https://0x7f.1/x?'],
    ['no URL', 'not a url 0123456789?'],
    ['a URL without end', `https://s3.amazonaws.com/${'x'.repeat(20_000)}?`],
  ])('%s is refused, the query untold', async (_what, link) => {
    const error = await refusal(link + SECRET);
    expect([error.side, error.code]).toEqual(['assembly', 'rejected']);
  });

  test.each([
    'https://127.0.0.1/x?',
    'https://2130706433/x?',
    'https://0x7f000001/x?',
    'https://0177.0.0.1/x?',
    'https://127.1/x?',
    'https://[::1]/x?',
    'https://[::ffff:127.0.0.1]/x?',
    'https://[::ffff:7f00:1]/x?',
    'https://[0:0:0:0:0:ffff:7f00:1]/x?',
    'https://169.254.169.254/latest/meta-data?',
  ])('%s is refused in whatever form it is written, even where its host is listed', async (link) => {
    const listed = ['127.0.0.1', '::1', '::ffff:7f00:1', '169.254.169.254'];
    const strict = createTransferPolicy({ hosts: listed, allowPrivate: false, resolve: publicly });
    expect((await refusal(link + SECRET, strict)).code).toBe('rejected');
  });

  test('a name that resolves to another address each time is connected to at the one that was checked', async () => {
    const answers = [['52.216.0.1'], ['127.0.0.1']];
    const rebinding = createTransferPolicy({
      hosts,
      allowPrivate: false,
      resolve: async () => answers.shift() ?? [],
    });
    const link = `https://s3.amazonaws.com/x?${SECRET}`;
    expect((await rebinding.check(link)).address).toBe('52.216.0.1');
    expect((await refusal(link, rebinding)).code).toBe('rejected');
  });

  test.each([[['10.0.0.1']], [['52.216.0.1', '127.0.0.1']], [['::ffff:10.0.0.1']]])(
    'a good host with the addresses %j is refused',
    async (addresses) => {
      const rebinding = createTransferPolicy({ hosts, allowPrivate: false, resolve: async () => addresses });
      expect((await refusal(`https://s3.amazonaws.com/x?${SECRET}`, rebinding)).code).toBe('rejected');
    },
  );
});

describe('a host that is not resolved', () => {
  const under = (resolve: () => Promise<string[]>) =>
    createTransferPolicy({ hosts, allowPrivate: false, resolve, resolveMs: 20 });
  const link = `https://s3.amazonaws.com/x?${SECRET}`;

  test('is a broken connection', async () => {
    const failing = under(() => Promise.reject(new Error('ENOTFOUND')));
    expect((await refusal(link, failing)).code).toBe('connection_failed');
    expect(
      (
        await refusal(
          link,
          under(async () => []),
        )
      ).code,
    ).toBe('connection_failed');
  });

  test('in time is a timeout', async () => {
    expect(
      (
        await refusal(
          link,
          under(() => new Promise(() => undefined)),
        )
      ).code,
    ).toBe('timeout');
  });
});

test.each(['*', '*.com', 'https://s3.amazonaws.com', 'a b', '', 'foo.*', '*.*.com'])(
  '%j is no host pattern',
  (pattern) => {
    expect(() => createTransferPolicy({ hosts: [pattern], allowPrivate: false })).toThrow(/host pattern/);
  },
);

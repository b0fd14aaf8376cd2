import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { readAppToken } from '../../../src/assembly/appToken';

const KEY = 'test-api-key-0001';
const VECTOR =
  '000102030405060708090a0b0c0d0e0f8889a2f0c49acc69c451655a2aab66cb6d8d6b85064d437b8cea1a42e603b12690e3ee8e39ca402943c01b2f1a32d6819c5129c75f258fed79f0cc51905f2b0fa53334d028a0b15fbb301dd20f2a6a02';
const STAFF = { workspaceId: 'ws_1', internalUserId: '11111111-1111-4111-8111-111111111111' };

const encrypt = (plain: Buffer, key = KEY): string => {
  const mac = createHmac('sha256', key).digest('hex');
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', Buffer.from(mac.slice(0, 32), 'hex'), iv).setAutoPadding(
    false,
  );
  return Buffer.concat([iv, cipher.update(plain), cipher.final()]).toString('hex');
};

const pad = (plain: Buffer): Buffer => {
  const count = 16 - (plain.length % 16);
  return Buffer.concat([plain, Buffer.alloc(count, count)]);
};

const mint = (payload: unknown, key = KEY): string => encrypt(pad(Buffer.from(JSON.stringify(payload))), key);

test('the vector of the documentation is read, in either case of hex', () => {
  expect(readAppToken(VECTOR, KEY)).toEqual(STAFF);
  expect(readAppToken(VECTOR.toUpperCase(), KEY)).toEqual(STAFF);
});

test('what it says of the caller is handed on, what would redirect the key is not', () => {
  const token = mint({
    ...STAFF,
    clientId: 'c',
    companyId: 'd',
    tokenId: 't',
    baseUrl: 'https://evil.example',
    x: 'y',
  });
  expect(readAppToken(token, KEY)).toEqual({ ...STAFF, clientId: 'c', companyId: 'd' });
});

test('an empty id is no id: a client does not become staff by it', () => {
  expect(readAppToken(mint({ workspaceId: 'ws_1', internalUserId: '', clientId: 'c' }), KEY)).toEqual({
    workspaceId: 'ws_1',
    clientId: 'c',
  });
});

test('every length of payload survives its padding', () => {
  for (let length = 0; length < 40; length += 1) {
    const payload = { ...STAFF, clientId: 'x'.repeat(length + 1) };
    expect(readAppToken(mint(payload), KEY)).toEqual(payload);
  }
});

describe('a token is nothing when', () => {
  test.each<[string, string]>([
    ['empty', ''],
    ['too short', VECTOR.slice(0, 32)],
    ['cut', VECTOR.slice(0, -2)],
    ['cut by a block', VECTOR.slice(0, -32)],
    ['not hex', `${VECTOR.slice(0, -1)}g`],
    ['followed by a line', `${VECTOR}\n`],
    ['endless', VECTOR.repeat(100)],
    ['of another key', mint(STAFF, 'test-api-key-0002')],
    ['made with the scoped key', mint(STAFF, `ws_1/${KEY}`)],
    ['without a workspace', mint({ internalUserId: 'i' })],
    ['with an empty workspace', mint({ workspaceId: '' })],
    ['with a workspace that would change the key header', mint({ workspaceId: 'ws_1/other' })],
    ['with a line break in the workspace', mint({ workspaceId: 'ws_1\r\nx: y' })],
    ['with a number in it', mint({ ...STAFF, exp: 1 })],
    ['a list', mint(['ws_1'])],
    ['null', mint(null)],
    ['text', mint('ws_1')],
    ['not JSON', encrypt(pad(Buffer.from('{"workspaceId":"ws_1"')))],
    ['padded with zeros', encrypt(Buffer.concat([Buffer.from('{"workspaceId":"ws_1"}'), Buffer.alloc(10)]))],
    [
      'padded unevenly',
      encrypt(
        Buffer.concat([Buffer.from('{"workspaceId":"ws_1"}'), Buffer.from('0a09080706050403020a', 'hex')]),
      ),
    ],
    [
      'padded beyond a block',
      encrypt(Buffer.concat([Buffer.from('{"workspaceId":"ws_1"}'), Buffer.alloc(26, 26)])),
    ],
  ])('%s', (_why, token) => expect(readAppToken(token, KEY)).toBeNull());

  test('the key is empty', () => expect(readAppToken(mint(STAFF, ''), '')).toBeNull());

  test('it is any text at all, or the vector with any byte altered into another portal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => expect(readAppToken(text, KEY)).toBeNull()),
    );
    fc.assert(
      fc.property(fc.nat(VECTOR.length / 2 - 17), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.from(VECTOR, 'hex');
        bytes[16 + at] = (bytes[16 + at] ?? 0) ^ flip;
        const read = readAppToken(bytes.toString('hex'), KEY);
        expect([undefined, STAFF.workspaceId]).toContain(read?.workspaceId);
      }),
    );
  });
});

describe('expiry', () => {
  const now = Date.parse('2026-11-23T10:00:00Z');
  const at = (expiresAt: string) => readAppToken(mint({ ...STAFF, expiresAt }), KEY, now);

  test.each(['2026-11-23T09:59:59Z', '2026-11-23T10:00:00Z', String(now / 1000 - 1), String(now - 1)])(
    '%s is past',
    (expiresAt) => expect(at(expiresAt)).toBeNull(),
  );

  test.each(['2026-11-23T10:00:01Z', String(now / 1000 + 1), String(now + 1), 'soon', ''])(
    '%j is not',
    (expiresAt) => expect(at(expiresAt)).toEqual(STAFF),
  );
});

import { randomBytes } from 'node:crypto';
import { rotateKeys } from '../../src/activities/rotateKeys';
import { codeVerifierContext, downloadUrlContext, refreshTokenContext } from '../../src/domain/cipherContext';
import { type Keyring, parseKeyring } from '../../src/domain/keyring';
import { ciphertextsByKey, ciphertextsOfOtherKeys, replaceCiphertexts } from '../../src/store/ciphertexts';
import type { Store } from '../../src/store/client';
import { createTestDatabase, type TestDatabase } from '../support/database';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [OLD, NEW, LOST] = [key('old'), key('new'), key('lost')];
const before = parseKeyring(OLD);
const during = parseKeyring(`${NEW},${OLD}`);
const after = parseKeyring(NEW);

let db: TestDatabase;
beforeEach(async () => {
  db = await createTestDatabase();
});
afterEach(() => db.drop());

const OBJECTS = 1_200;

/** A portal whose connection, started flow and download links are encrypted with `keyring`. */
async function fill(portalId: string, keyring: Keyring, objects: number): Promise<void> {
  const { prisma } = db.store;
  await prisma.dropboxConnection.create({
    data: {
      portalId,
      accountId: 'dbid:A',
      refreshToken: keyring.encrypt(`refresh ${portalId}`, refreshTokenContext(portalId)),
    },
  });
  await prisma.oauthState.create({
    data: {
      portalId,
      stateHash: `hash-${portalId}`,
      browserHash: 'b',
      codeVerifier: keyring.encrypt('verifier', codeVerifierContext(portalId, `hash-${portalId}`)),
      expiresAt: new Date(),
    },
  });
  const { id: channelSyncId } = await prisma.channelSync.create({
    data: {
      portalId,
      dbxAccountId: 'dbid:A',
      assemblyChannelId: 'c',
      dbxRootPath: '/r',
      dbxRootKey: '/r',
      dbxRootId: 'id:r',
    },
  });
  await prisma.assemblySeen.createMany({
    data: Array.from({ length: objects }, (_, i) => ({
      portalId,
      channelSyncId,
      id: `as-${i}`,
      object: 'file',
      path: `/${i}`,
      pathKey: `/${i}`,
      parentKey: '',
      status: 'completed',
      url: keyring.encrypt(`https://x.test/${i}`, downloadUrlContext(portalId, `as-${i}`)),
    })),
  });
}

async function readable(keyring: Keyring, portalId: string): Promise<string[]> {
  const { prisma } = db.store;
  const connection = await prisma.dropboxConnection.findUniqueOrThrow({ where: { portalId } });
  const state = await prisma.oauthState.findFirstOrThrow({ where: { portalId } });
  const seen = await prisma.assemblySeen.findMany({ where: { portalId } });
  return [
    keyring.decrypt(connection.refreshToken!, refreshTokenContext(portalId)),
    keyring.decrypt(state.codeVerifier, codeVerifierContext(portalId, state.stateHash)),
    ...seen.map(({ id, url }) => keyring.decrypt(url!, downloadUrlContext(portalId, id))),
  ];
}

/** A database that dies after so many statements. */
function dyingAfter(statements: number): Store {
  let left = statements;
  const prisma = new Proxy(db.store.prisma, {
    get(target, name) {
      if (typeof name === 'string' && name.startsWith('$') && left-- <= 0) throw new Error('killed');
      return Reflect.get(target, name, target) as unknown;
    },
  });
  return { ...db.store, prisma };
}

test('everything is encrypted with the first key, in batches; a second run finds nothing to do', async () => {
  await fill('p1', before, OBJECTS);
  const batches: number[] = [];
  expect(
    await rotateKeys({ store: db.store, keyring: during }, (_column, rows) => batches.push(rows)),
  ).toEqual([
    { column: 'refresh_token', reencrypted: 1, unreadable: 0 },
    { column: 'code_verifier', reencrypted: 1, unreadable: 0 },
    { column: 'download_url', reencrypted: OBJECTS, unreadable: 0 },
  ]);
  expect(Math.max(...batches)).toBeLessThanOrEqual(500);
  // The old key is not needed any more, for anything.
  const texts = await readable(after, 'p1');
  expect(texts.slice(0, 2)).toEqual(['refresh p1', 'verifier']);
  expect(new Set(texts).size).toBe(OBJECTS + 2);
  const again = await rotateKeys({ store: db.store, keyring: during });
  expect(again.map(({ reencrypted }) => reencrypted)).toEqual([0, 0, 0]);
});

test('killed after any statement and started again, it leaves nothing unreadable and nothing behind', async () => {
  await fill('p1', before, OBJECTS);
  for (let statements = 0; statements < 8; statements += 1) {
    await expect(rotateKeys({ store: dyingAfter(statements), keyring: during })).rejects.toThrow('killed');
    expect(await readable(during, 'p1')).toHaveLength(OBJECTS + 2);
  }
  await rotateKeys({ store: db.store, keyring: during });
  expect(await ciphertextsByKey(db.store, 'download_url')).toEqual(new Map([['new', OBJECTS]]));
});

test('what its key is gone for is told and left alone, and does not stop the rest', async () => {
  await fill('p1', before, 3);
  await fill('p2', parseKeyring(LOST), 3);
  const rotated = await rotateKeys({ store: db.store, keyring: during });
  expect(rotated.map(({ reencrypted, unreadable }) => [reencrypted, unreadable])).toEqual([
    [1, 1],
    [1, 1],
    [3, 3],
  ]);
  expect(await readable(parseKeyring(LOST), 'p2')).toHaveLength(5);
});

test('a token that was stored meanwhile is not overwritten by the one that was read before', async () => {
  await fill('p1', before, 0);
  const read = await ciphertextsOfOtherKeys(db.store, 'refresh_token', 'new', { after: '', limit: 10 });
  const fresh = during.encrypt('reconnected', refreshTokenContext('p1'));
  await db.store.prisma.dropboxConnection.update({
    where: { portalId: 'p1' },
    data: { refreshToken: fresh },
  });
  const stale = read.map(({ key: row, cipher }) => ({ key: row, old: cipher, now: 'stale' }));
  expect(stale).toHaveLength(1);
  expect(await replaceCiphertexts(db.store, 'refresh_token', stale)).toBe(0);
  expect((await readable(during, 'p1'))[0]).toBe('reconnected');
});

test('a ciphertext does not decrypt in another row, column or portal', async () => {
  await fill('p1', before, 1);
  const { prisma } = db.store;
  const { refreshToken } = await prisma.dropboxConnection.findUniqueOrThrow({ where: { portalId: 'p1' } });
  const [seen] = await prisma.assemblySeen.findMany({ where: { portalId: 'p1' } });
  const contexts = [
    refreshTokenContext('p2'),
    codeVerifierContext('p1', 'hash-p1'),
    downloadUrlContext('p1', 'as-1'),
    downloadUrlContext('p2', 'as-0'),
  ];
  for (const context of contexts) {
    expect(() => before.decrypt(refreshToken!, context)).toThrow();
    expect(() => before.decrypt(seen!.url!, context)).toThrow();
  }
});

import { mintAppToken } from '../../src/sandbox/assembly';
import { createContentHasher } from '../../src/sandbox/assembly/contentHash';
import { signBody } from '../../src/sandbox/assembly/events/delivery';
import { mintAppToken as direct } from '../../src/sandbox/assembly/token';

test('the app token is byte for byte what the official SDK decodes', () => {
  const payload = { workspaceId: 'ws_1', internalUserId: '11111111-1111-4111-8111-111111111111' };
  const iv = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
  expect(mintAppToken('test-api-key-0001', payload, iv)).toBe(
    '000102030405060708090a0b0c0d0e0f8889a2f0c49acc69c451655a2aab66cb6d8d6b85064d437b8cea1a42e603b126' +
      '90e3ee8e39ca402943c01b2f1a32d6819c5129c75f258fed79f0cc51905f2b0fa53334d028a0b15fbb301dd20f2a6a02',
  );
  expect(direct).toBe(mintAppToken);
});

test('tokens of one payload differ by their IV', () => {
  expect(mintAppToken('k', { workspaceId: 'ws_1' })).not.toBe(mintAppToken('k', { workspaceId: 'ws_1' }));
});

test('the webhook signature is the documented one', () => {
  const body = '{"eventType":"file.deleted","data":{"id":"11111111-1111-4111-8111-111111111111"}}';
  expect(signBody('whsec-test-0001', body)).toBe(
    '8b81d5d179ea8e759ab2dea9fdfdd9064cd8762a99a7c6453d253f96896eb802',
  );
});

test.each([
  ['nothing', 0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['4 MiB', 4 * 1024 * 1024, 'c7e946d101855255d919ef0c70718633adf77d3dfb3adeeecf5d0cb4e951be58'],
  ['4 MiB + 1', 4 * 1024 * 1024 + 1, '14a4d47f23a30177885d9820122f17d2d3a55fe63f7f5c27b95f689e0b2accd6'],
  ['8 MiB', 8 * 1024 * 1024, '03ae066c707c588592d9e27aa2444ca98423e0999024f1ceaa11a153790b37de'],
])('the content hash of %s of zeros does not depend on how it is cut', (_, size, expected) => {
  for (const piece of [65_536, 1_000_003, 16 * 1024 * 1024]) {
    const hasher = createContentHasher();
    for (let at = 0; at < size; at += piece) hasher.update(Buffer.alloc(Math.min(piece, size - at)));
    expect(hasher.digest()).toBe(expected);
  }
});

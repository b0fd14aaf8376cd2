import { randomBytes } from 'node:crypto';
import { contentHash, createContentHasher, hashingPassThrough } from '../../../src/domain/contentHash';

const MIB = 1024 * 1024;

const inChunks = async function* (bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
};

const VECTORS: readonly [string, Uint8Array, string][] = [
  ['no bytes', Buffer.alloc(0), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['hello', Buffer.from('hello'), '9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50'],
  ['4 MiB', Buffer.alloc(4 * MIB), 'c7e946d101855255d919ef0c70718633adf77d3dfb3adeeecf5d0cb4e951be58'],
  [
    '4 MiB + 1',
    Buffer.alloc(4 * MIB + 1),
    '14a4d47f23a30177885d9820122f17d2d3a55fe63f7f5c27b95f689e0b2accd6',
  ],
  ['8 MiB', Buffer.alloc(8 * MIB), '03ae066c707c588592d9e27aa2444ca98423e0999024f1ceaa11a153790b37de'],
];

describe('content hash', () => {
  test.each(VECTORS)('matches the published vector for %s', async (_name, bytes, hash) => {
    expect(await contentHash(inChunks(bytes, 65_536))).toBe(hash);
  });

  test.each([1, 7, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 9 * MIB])(
    'does not depend on how the bytes are cut (pieces of %i)',
    async (size) => {
      const bytes = size < 100 ? randomBytes(10_000) : randomBytes(9 * MIB);
      const whole = createContentHasher();
      whole.update(bytes);
      expect(await contentHash(inChunks(bytes, size))).toBe(whole.digest());
    },
  );
});

describe('hashing pass-through', () => {
  test('hands the bytes on unchanged and knows their hash and size afterwards', async () => {
    const { body, ended, result } = hashingPassThrough(inChunks(Buffer.from('hello'), 2));
    const passed: Uint8Array[] = [];
    for await (const chunk of body) passed.push(chunk);
    expect(Buffer.concat(passed).toString()).toBe('hello');
    expect(ended()).toBe(true);
    expect(result()).toEqual({ hash: VECTORS[1]?.[2], size: 5 });
  });

  test('has no result before the end', async () => {
    const { body, ended, result } = hashingPassThrough(inChunks(Buffer.from('hello'), 2));
    expect(result).toThrow('before the body was read to its end');
    for await (const _chunk of body) break;
    expect(ended()).toBe(false);
    expect(result).toThrow('before the body was read to its end');
  });

  test('has no result after a source that failed', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('hel');
      throw new Error('broken');
    };
    const { body, result } = hashingPassThrough(failing());
    const read = async () => {
      for await (const _chunk of body);
    };
    await expect(read()).rejects.toThrow('broken');
    expect(result).toThrow('before the body was read to its end');
  });
});

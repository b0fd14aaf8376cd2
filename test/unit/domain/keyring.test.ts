import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { CairnError } from '../../../src/domain/errors';
import { parseKeyring } from '../../../src/domain/keyring';

const key = (): string => randomBytes(32).toString('base64');
const [first, second] = [key(), key()];

const codeOf = (act: () => unknown): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof CairnError ? error.code : 'another error';
  }
};

describe('a keyring', () => {
  test('decrypts what it encrypted, for the same place only', () => {
    const ring = parseKeyring(`k1:${first}`);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (plain, place) => {
        const cipher = ring.encrypt(plain, place);
        expect(ring.decrypt(cipher, place)).toBe(Buffer.from(plain, 'utf8').toString('utf8'));
        expect(codeOf(() => ring.decrypt(cipher, `${place}!`))).toBe('auth_misconfigured');
      }),
    );
  });

  test('writes the documented form and never the same text twice', () => {
    const ring = parseKeyring(`k1:${first}`);
    const cipher = ring.encrypt('test-refresh-token', 'portal-1');
    expect(cipher).toMatch(/^v1:k1:[A-Za-z0-9_-]{16}:[A-Za-z0-9_-]+$/);
    expect(ring.encrypt('test-refresh-token', 'portal-1')).not.toBe(cipher);
  });

  test('encrypts with the first key and decrypts with all, so that keys can be rotated', () => {
    const old = parseKeyring(`k1:${first}`).encrypt('test-refresh-token', 'portal-1');
    const rotated = parseKeyring(`k2:${second}, k1:${first}`);
    expect(rotated.primaryId).toBe('k2');
    expect(rotated.keyIdOf(old)).toBe('k1');
    expect(rotated.decrypt(old, 'portal-1')).toBe('test-refresh-token');
    expect(rotated.keyIdOf(rotated.encrypt('x', 'portal-1'))).toBe('k2');
  });

  test('refuses a text that was altered anywhere, a key it does not have, and what is no ciphertext', () => {
    const ring = parseKeyring(`k1:${first}`);
    const cipher = ring.encrypt('test-refresh-token', 'portal-1');
    const other = parseKeyring(`k1:${second}`).encrypt('test-refresh-token', 'portal-1');
    const missing = parseKeyring(`k9:${first}`).encrypt('test-refresh-token', 'portal-1');
    const flips = [...cipher].map(
      (char, at) => `${cipher.slice(0, at)}${char === 'A' ? 'B' : 'A'}${cipher.slice(at + 1)}`,
    );
    for (const bad of [
      ...flips,
      other,
      missing,
      '',
      'test-refresh-token',
      `${cipher}=`,
      cipher.slice(0, -4),
    ]) {
      expect(codeOf(() => ring.decrypt(bad, 'portal-1'))).toBe('auth_misconfigured');
    }
  });
});

describe('a spec that does not fit', () => {
  test.each([
    ['', /entry 1 /],
    ['k1', /entry 1 /],
    [first, /entry 1 /],
    [`k1:${first},`, /entry 2 /],
    [`k1:${first},k1:${second}`, /entry 2 uses an id/],
    [`k1:${first},k 2:${second}`, /entry 2 /],
    [`k1:${randomBytes(16).toString('base64')}`, /entry 1 does not hold exactly 32 bytes/],
    [`k1:${first.slice(0, -1)}`, /entry 1 does not hold/],
    [`k1:${first}:more`, /entry 1 /],
    [Array.from({ length: 17 }, (_, at) => `k${at}:${first}`).join(','), /at most 16/],
  ])('is refused, case %#, by its place and without any of it', (spec, message) => {
    let told = '';
    try {
      parseKeyring(spec);
    } catch (error) {
      told = error instanceof Error ? error.message : '';
    }
    expect(told).toMatch(message);
    expect(told).not.toContain(first.slice(0, 8));
    expect(told).not.toContain(second.slice(0, 8));
  });
});

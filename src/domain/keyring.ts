import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CairnError } from './errors';

/** Encrypts what is stored (refresh tokens) with keys that can be rotated. */
export interface Keyring {
  /** The key that encrypts. */
  readonly primaryId: string;
  /** All that decrypt, the primary first. */
  readonly ids: readonly string[];
  /** `associated` binds the ciphertext to its row (see `cipherContext`): it decrypts with the same words only. */
  encrypt(plain: string, associated: string): string;
  /** Throws `auth_misconfigured` where the key is missing or the text was not made by it for this place. */
  decrypt(cipher: string, associated: string): string;
  /** Which key made the ciphertext: one that isn't the primary is due to be encrypted anew. */
  keyIdOf(cipher: string): string;
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MAX_KEYS = 16;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;
const CIPHER = /^v1:([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]{16}):([A-Za-z0-9_-]{22,})$/;

/**
 * Reads `id:base64-32-bytes[,id:…]`: the first key encrypts, all decrypt. Throws an `Error` that names the entry by its
 * place and never shows any of it, since a mistyped entry may well be the key itself.
 *
 * Ciphertexts are AES-256-GCM: `v1:<key id>:<base64url iv>:<base64url ciphertext and tag>`.
 */
export const parseKeyring = (spec: string): Keyring => {
  const entries = spec.split(',').map((entry) => entry.trim());
  if (entries.length > MAX_KEYS)
    throw new Error(`at most ${MAX_KEYS} keys are possible, there are ${entries.length}`);
  const keys = new Map<string, Buffer>();
  for (const [index, entry] of entries.entries()) {
    const { id, key } = parseEntry(entry, index + 1);
    if (keys.has(id))
      throw new Error(`entry ${index + 1} uses an id that an earlier entry has; give it another`);
    keys.set(id, key);
  }
  return createKeyring(keys);
};

const parseEntry = (entry: string, place: number): { id: string; key: Buffer } => {
  const [id = '', encoded = '', ...rest] = entry.split(':');
  if (!KEY_ID.test(id) || encoded === '' || rest.length > 0) {
    throw new Error(
      `entry ${place} is not of the form id:base64 (an id is 1 to 32 letters, digits, "_" or "-"); ` +
        'make a key with: openssl rand -base64 32',
    );
  }
  const key = Buffer.from(encoded, 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64') !== encoded) {
    throw new Error(
      `entry ${place} does not hold exactly ${KEY_BYTES} bytes of base64; make a key with: openssl rand -base64 32`,
    );
  }
  return { id, key };
};

const createKeyring = (keys: ReadonlyMap<string, Buffer>): Keyring => {
  const [primary] = keys;
  if (primary === undefined) throw new Error('there is no key; make one with: openssl rand -base64 32');
  const [primaryId, primaryKey] = primary;
  return {
    primaryId,
    ids: [...keys.keys()],
    encrypt: (plain, associated) => `v1:${primaryId}:${seal(primaryKey, plain, associated)}`,
    decrypt: (cipher, associated) => {
      const { id, iv, sealed } = parseCipher(cipher);
      const key = keys.get(id);
      if (key === undefined) {
        throw unreadable(
          `A stored token was encrypted with the key "${id}", which is not among the configured keys.`,
        );
      }
      return unseal(key, iv, sealed, associated);
    },
    keyIdOf: (cipher) => parseCipher(cipher).id,
  };
};

const seal = (key: Buffer, plain: string, associated: string): string => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(associated, 'utf8'));
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${iv.toString('base64url')}:${sealed.toString('base64url')}`;
};

const unseal = (key: Buffer, iv: Buffer, sealed: Buffer, associated: string): string => {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(associated, 'utf8'));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const plain = [decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()];
    return Buffer.concat(plain).toString('utf8');
  } catch {
    // The cause says nothing that helps, and a wrong key, a wrong place and an altered text look alike.
    throw unreadable('A stored token does not decrypt with its key; check the encryption keys.');
  }
};

const parseCipher = (cipher: string): { id: string; iv: Buffer; sealed: Buffer } => {
  const [, id, iv, sealed] = CIPHER.exec(cipher) ?? [];
  if (id === undefined || iv === undefined || sealed === undefined) {
    throw unreadable(NOT_OURS);
  }
  return { id, iv: decodeExactly(iv), sealed: decodeExactly(sealed) };
};

/** The last character has bits to spare; a text that uses them is not one that we wrote. */
const decodeExactly = (encoded: string): Buffer => {
  const bytes = Buffer.from(encoded, 'base64url');
  if (bytes.toString('base64url') !== encoded) throw unreadable(NOT_OURS);
  return bytes;
};

const NOT_OURS = 'A stored token is not in the encrypted form that is expected.';

const unreadable = (detail: string): CairnError => new CairnError('auth_misconfigured', detail);

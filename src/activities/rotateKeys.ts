import { codeVerifierContext, downloadUrlContext, refreshTokenContext } from '../domain/cipherContext';
import { CairnError } from '../domain/errors';
import type { Keyring } from '../domain/keyring';
import {
  CIPHERTEXT_COLUMNS,
  type CiphertextColumn,
  ciphertextsOfOtherKeys,
  replaceCiphertexts,
  type StoredCiphertext,
} from '../store/ciphertexts';
import type { Store } from '../store/client';

const BATCH = 500;

/** What a rotation did with a column. */
export interface Rotated {
  readonly column: CiphertextColumn;
  readonly reencrypted: number;
  /** Left as they are: their key is not configured, or they were altered. */
  readonly unreadable: number;
}

const CONTEXT: Record<CiphertextColumn, (row: StoredCiphertext) => string> = {
  refresh_token: ({ portalId }) => refreshTokenContext(portalId),
  code_verifier: ({ portalId, name }) => codeVerifierContext(portalId, name),
  download_url: ({ portalId, name }) => downloadUrlContext(portalId, name),
};

/**
 * Encrypts everything anew that the first key has not made, batch by batch. It may be killed and started again at any
 * time, and run beside workers: it goes on with what is left, and never puts an old text over a newer one.
 */
export async function rotateKeys(
  { store, keyring }: { readonly store: Store; readonly keyring: Keyring },
  onBatch: (column: CiphertextColumn, rows: number) => void = () => {},
): Promise<Rotated[]> {
  const rotated: Rotated[] = [];
  for (const column of CIPHERTEXT_COLUMNS) {
    let [reencrypted, unreadable, after] = [0, 0, ''];
    for (;;) {
      const rows = await ciphertextsOfOtherKeys(store, column, keyring.primaryId, { after, limit: BATCH });
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.key;
      const changes = rows.flatMap((row) => {
        const now = reencrypt(keyring, row.cipher, CONTEXT[column](row));
        return now === null ? [] : [{ key: row.key, old: row.cipher, now }];
      });
      unreadable += rows.length - changes.length;
      reencrypted += await replaceCiphertexts(store, column, changes);
      onBatch(column, rows.length);
    }
    rotated.push({ column, reencrypted, unreadable });
  }
  return rotated;
}

function reencrypt(keyring: Keyring, cipher: string, context: string): string | null {
  try {
    return keyring.encrypt(keyring.decrypt(cipher, context), context);
  } catch (error) {
    if (error instanceof CairnError) return null;
    throw error;
  }
}

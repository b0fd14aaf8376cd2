import type { Keyring } from '../domain/keyring';
import { CIPHERTEXT_COLUMNS, ciphertextsByKey } from '../store/ciphertexts';
import type { Store } from '../store/client';
import { bad, type Finding, good } from './findings';
import type { Services } from './services';

/** Whether what is stored can be read with the configured keys, and which portals wait for a person. */
export async function storedChecks(services: Services): Promise<Finding[]> {
  return [await encryptionKeys(services), await connections(services.store())];
}

async function encryptionKeys(services: Services): Promise<Finding> {
  const check = 'encryption keys';
  let keyring: Keyring;
  try {
    keyring = services.keyring();
  } catch {
    return bad(check, 'not set', 'Set TOKEN_ENCRYPTION_KEYS; a key: openssl rand -base64 32');
  }
  let [lost, older] = [0, 0];
  for (const column of CIPHERTEXT_COLUMNS) {
    for (const [id, count] of await ciphertextsByKey(services.store(), column)) {
      if (!keyring.ids.includes(id)) lost += count;
      else if (id !== keyring.primaryId) older += count;
    }
  }
  if (lost > 0) {
    const advice = 'Give TOKEN_ENCRYPTION_KEYS the key that made them, or connect those portals again.';
    return bad(check, `${lost} stored secrets were made by a key that is not configured`, advice);
  }
  if (older > 0) return good(check, `${older} stored secrets use an older key: run \`cairn rotate-keys\``);
  return good(check, `all that is stored uses "${keyring.primaryId}"`);
}

async function connections({ prisma }: Store): Promise<Finding> {
  const check = 'connections';
  const rows = await prisma.dropboxConnection.groupBy({ by: ['status'], _count: true });
  const count = (status: string) => rows.find((row) => row.status === status)?._count ?? 0;
  const waiting = count('needs_reauth');
  const found = `${count('connected')} connected, ${waiting} to be connected again`;
  if (waiting === 0) return good(check, found);
  return bad(check, found, 'Their staff see it on the page: somebody has to choose "Connect again" there.');
}

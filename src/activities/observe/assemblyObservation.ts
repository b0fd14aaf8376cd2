import type { AssemblyObject } from '../../assembly/types';
import { downloadUrlContext } from '../../domain/cipherContext';
import type { Keyring } from '../../domain/keyring';
import type { AssemblyObservation } from '../../store/foldAssemblyObjects';

/** An object as it is stored: its presigned URL is a secret, so only its ciphertext leaves the process (I10). */
export function assemblyObservation(
  keyring: Keyring,
  portalId: string,
  object: AssemblyObject,
): AssemblyObservation {
  const completed = object.object !== 'file' || object.status === 'completed';
  return {
    id: object.id,
    object: object.object,
    path: `/${object.path.replace(/^\/+|\/+$/g, '')}`,
    version: object.version,
    size: object.object === 'file' ? object.size : null,
    status: completed ? 'completed' : 'pending',
    url:
      object.downloadUrl === null
        ? null
        : keyring.encrypt(object.downloadUrl, downloadUrlContext(portalId, object.id)),
  };
}

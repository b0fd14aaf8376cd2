import { nameOf } from '../paths';
import type { Sandbox } from '../sandbox';
import type { FileRecord } from '../state/records';
import { fileView } from '../views/fileView';

type Kind = 'created' | 'updated' | 'deleted';

/**
 * Tells the app of a change of an object. `previous` makes an update one of name or place; without it the update is
 * bare. Resolves when the first attempt of the delivery is over; most callers do not wait.
 */
export const emitFileEvent = (
  sandbox: Sandbox,
  kind: Kind,
  file: FileRecord,
  previous?: FileRecord,
): Promise<void> => {
  const eventType = `${file.object}.${kind}`;
  const attributes = previous === undefined ? undefined : previousAttributes(sandbox, file, previous);
  const place = sandbox.switches.previousAttributes;
  return emit(sandbox, file.workspaceId, eventType, file.id, {
    data: {
      ...eventData(sandbox, kind, file),
      ...(attributes !== undefined && place === 'nested' ? { previousAttributes: attributes } : {}),
    },
    ...(attributes !== undefined && place === 'top' ? { previousAttributes: attributes } : {}),
  });
};

/** An event of a client, company or internal user. */
export const emitPersonEvent = (
  sandbox: Sandbox,
  workspaceId: string,
  eventType: string,
  data: Record<string, unknown>,
): Promise<void> => emit(sandbox, workspaceId, eventType, String(data.id), { data });

const emit = (
  sandbox: Sandbox,
  workspaceId: string,
  eventType: string,
  objectId: string,
  rest: Record<string, unknown>,
): Promise<void> => {
  const extras = sandbox.switches.envelopeExtras ? { created: sandbox.clock.stamp(), object: 'event' } : {};
  const body = JSON.stringify({ eventType, ...rest, ...extras });
  return sandbox.delivery.send({ workspaceId, eventType, objectId, body });
};

const eventData = (sandbox: Sandbox, kind: Kind, file: FileRecord): Record<string, unknown> => {
  if (kind !== 'deleted') return fileView(sandbox, file, 'webhook');
  if (sandbox.switches.deletedEventData === 'id') return { id: file.id, object: file.object };
  const { downloadUrl: _, ...told } = fileView(sandbox, file, 'webhook');
  return told;
};

const previousAttributes = (
  sandbox: Sandbox,
  file: FileRecord,
  previous: FileRecord,
): Record<string, string> => ({
  ...(nameOf(previous.path) === nameOf(file.path) ? {} : { name: nameOf(previous.path) }),
  ...(sandbox.switches.previousPath && previous.path !== file.path ? { path: previous.path } : {}),
});

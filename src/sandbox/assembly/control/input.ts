import { z } from 'zod';
import { type Asked, queryValue, readJson } from '../http/call';
import { refusal } from '../http/refusal';
import { objectsAt } from '../objects/find';
import { storedPath } from '../paths';
import type { Sandbox } from '../sandbox';
import type { Channel, FileRecord, Workspace } from '../state/records';

/** The JSON body by a schema; 400 names the fields that do not fit. */
export const bodyOf = async <S extends z.ZodType>(call: Asked, schema: S): Promise<z.infer<S>> =>
  checked(schema, await readJson(call));

/** The query by a schema. */
export const queryOf = <S extends z.ZodType>(call: Asked, schema: S): z.infer<S> =>
  checked(schema, Object.fromEntries([...call.query].filter(([, value]) => value !== '')));

const checked = <S extends z.ZodType>(schema: S, value: unknown): z.infer<S> => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw refusal(400, describe(result.error));
};

export const describe = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');

/** Runs what throws a `ZodError` and turns it into a 400. */
export const merged = <T>(merge: () => T): T => {
  try {
    return merge();
  } catch (error) {
    if (error instanceof z.ZodError) throw refusal(400, describe(error));
    throw error;
  }
};

/** The workspace that is named, or the first. */
export const workspaceOf = (sandbox: Sandbox, id: string | undefined): Workspace => {
  const [first] = sandbox.store.workspace.values();
  const workspace = id === undefined ? first : sandbox.store.workspace.get(id);
  if (workspace === undefined) {
    throw refusal(404, `workspaceId: no such workspace; make one with POST /control/workspaces {"id": "…"}`);
  }
  return workspace;
};

export const channelOf = (sandbox: Sandbox, id: string): Channel => {
  const channel = sandbox.store.channel.get(id);
  if (channel === undefined) throw refusal(404, `channelId: no such channel: ${id}`);
  return channel;
};

/** The object that is meant by id, or by path; a path that several objects share needs the id. */
export const objectOf = (
  sandbox: Sandbox,
  channel: Channel,
  named: { id?: string | undefined; path?: string | undefined },
): FileRecord => {
  if (named.id !== undefined) {
    const file = sandbox.store.file.get(named.id);
    if (file?.channelId !== channel.id) throw refusal(404, `id: no such object in the channel: ${named.id}`);
    return file;
  }
  if (named.path === undefined) throw refusal(400, 'give id or path');
  const found = objectsAt(sandbox, channel, storedPath(named.path, sandbox.switches));
  const [file] = found;
  if (file === undefined) throw refusal(404, `path: nothing at ${named.path}`);
  if (found.length > 1) throw refusal(409, `path: ${found.length} objects at ${named.path}; give id`);
  return file;
};

/** An id as the rest of the path or in the query. */
export const idOf = (call: Asked, base: string): string => {
  const rest = decodeURIComponent(call.pathname.slice(base.length).replace(/^\//, ''));
  const id = rest === '' ? queryValue(call, 'id') : rest;
  if (id === undefined) throw refusal(400, 'id: required');
  return id;
};

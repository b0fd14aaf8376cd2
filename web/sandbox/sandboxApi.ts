import type { Side, Trees } from './model';

export interface Pair {
  readonly folder: string;
  readonly channel: string;
}

export interface Places {
  readonly folders: readonly string[];
  readonly channels: readonly { readonly id: string; readonly label: string }[];
}

export type Deed =
  | { readonly do: 'folder'; readonly path: string }
  | { readonly do: 'move'; readonly path: string; readonly to: string }
  | { readonly do: 'delete'; readonly path: string };

const queryOf = (pair: Pair, more: Record<string, string> = {}) =>
  new URLSearchParams({ folder: pair.folder, channel: pair.channel, ...more });

async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  const told = (await response.json().catch(() => ({}))) as { message?: string };
  throw new Error(told.message ?? `The sandbox answered ${response.status}.`);
}

export const readPlaces = async (): Promise<Places> => (await checked(await fetch('places'))).json();

/** Null while nothing has changed since `seen`. */
export async function readTrees(
  pair: Pair,
  seen: string,
  signal: AbortSignal,
): Promise<(Trees & { version: string }) | null> {
  const response = await checked(await fetch(`trees?${queryOf(pair, { seen })}`, { signal }));
  return response.status === 204 ? null : response.json();
}

export async function act(pair: Pair, side: Side, deed: Deed): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify(deed);
  await checked(await fetch(`${side}/deeds?${queryOf(pair)}`, { method: 'POST', headers, body }));
}

export async function putFile(pair: Pair, side: Side, path: string, content: Blob | string): Promise<void> {
  await checked(await fetch(fileAddress(pair, side, path), { method: 'PUT', body: content }));
}

export const readFile = async (pair: Pair, side: Side, path: string): Promise<Blob> =>
  (await checked(await fetch(fileAddress(pair, side, path)))).blob();

export const fileAddress = (pair: Pair, side: Side, path: string): string =>
  `${side}/files?${queryOf(pair, { path })}`;

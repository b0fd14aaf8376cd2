import type { z } from 'zod';

export type Ask = {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
};

const USUAL_MS = 30_000;
const KEPT_TEXT = 500;

/**
 * Calls a server that we started, and reads its JSON by a schema.
 * @throws with the address, the status and the beginning of the answer
 */
export async function ask<S extends z.ZodType>(
  url: string | URL,
  schema: S,
  options: Ask = {},
): Promise<z.infer<S>> {
  const { method = 'GET', headers = {}, json, timeoutMs = USUAL_MS, signal } = options;
  const late = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, {
    method,
    headers: json === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    signal: signal ? AbortSignal.any([signal, late]) : late,
  });
  const text = await response.text();
  const where = `${method} ${new URL(url).pathname}`;
  if (!response.ok) throw new Error(`${where} answered ${response.status}: ${text.slice(0, KEPT_TEXT)}`);
  return schema.parse(text === '' ? undefined : JSON.parse(text));
}

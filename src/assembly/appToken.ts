import { createDecipheriv, createHmac } from 'node:crypto';
import { z } from 'zod';

/** Who opened the app, as Assembly says. `internalUserId` is there for the portal's staff only. */
export interface AppToken {
  /** The portal. */
  readonly workspaceId: string;
  readonly internalUserId?: string;
  readonly clientId?: string;
  readonly companyId?: string;
}

const BLOCK = 16;
/** Payloads are some ids; this is forty times what the longest should have. */
const MAX_HEX = 16_384;
/** At least the IV and one block, in whole blocks. `Buffer.from` would stop silently at the first other character. */
const HEX = /^(?:[0-9a-fA-F]{32}){2,}$/;

/** The portal's id becomes part of a header and of workflow ids, where a `/` or a blank would change the meaning. */
const workspaceId = z.string().regex(/^[\x21-\x2e\x30-\x7e]{1,255}$/);
/** Assembly's own SDK refuses a payload with a value that isn't a string, and so do we. */
const payload = z.record(z.string(), z.string());

/**
 * Decodes an app token: hex of IV and AES-128-CBC ciphertext, the key being the first half of the HMAC-SHA256 of nothing
 * under the app's API key. `null` for everything that isn't one, whatever the reason: the caller answers all the same.
 *
 * The scheme has no MAC, so this is a proof of origin only as far as a wrong key makes garbage. `baseUrl` and `tokenId`
 * of the payload are ignored on purpose: they would choose where our key goes and how.
 *
 * `now` in milliseconds; an `expiresAt` that can be read and is past makes the token invalid.
 */
export const readAppToken = (token: string, apiKey: string, now: number = Date.now()): AppToken | null => {
  const plain = decrypt(token, apiKey);
  const parsed = plain === null ? null : parsePayload(plain);
  if (parsed === null) return null;
  const workspace = workspaceId.safeParse(parsed.workspaceId);
  if (!workspace.success || isPast(parsed.expiresAt, now)) return null;
  return {
    workspaceId: workspace.data,
    ...optional('internalUserId', parsed.internalUserId),
    ...optional('clientId', parsed.clientId),
    ...optional('companyId', parsed.companyId),
  };
};

const decrypt = (token: string, apiKey: string): string | null => {
  if (token.length > MAX_HEX || !HEX.test(token) || apiKey === '') return null;
  const bytes = Buffer.from(token, 'hex');
  const key = createHmac('sha256', apiKey)
    .digest('hex')
    .slice(0, 2 * BLOCK);
  const decipher = createDecipheriv('aes-128-cbc', Buffer.from(key, 'hex'), bytes.subarray(0, BLOCK));
  // OpenSSL 3.4 reportedly refuses the padding of some real tokens, so it is checked here.
  decipher.setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(bytes.subarray(BLOCK)), decipher.final()]);
  return stripPadding(padded)?.toString('utf8') ?? null;
};

const stripPadding = (padded: Buffer): Buffer | null => {
  const count = padded[padded.length - 1] ?? 0;
  if (count < 1 || count > BLOCK) return null;
  const end = padded.length - count;
  return padded.subarray(end).every((byte) => byte === count) ? padded.subarray(0, end) : null;
};

const parsePayload = (plain: string): Record<string, string> | null => {
  try {
    return payload.safeParse(JSON.parse(plain)).data ?? null;
  } catch {
    return null;
  }
};

/** `expiresAt` is only announced: its form is not known, so a date, seconds and milliseconds are all read. */
const isPast = (expiresAt: string | undefined, now: number): boolean => {
  if (expiresAt === undefined) return false;
  const number = /^\d{9,14}$/.test(expiresAt) ? Number(expiresAt) : null;
  const at = number === null ? Date.parse(expiresAt) : number < 1e11 ? number * 1000 : number;
  return !Number.isNaN(at) && at <= now;
};

const optional = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
  value === undefined || value === '' ? {} : ({ [key]: value } as { [P in K]: string });

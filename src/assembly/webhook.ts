import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { barePath, toStatus } from './schemas';

const HEX_SHA256 = /^[0-9a-f]{64}$/i;

/**
 * Whether the header `x-copilot-signature` is the hex HMAC-SHA256 of the raw body under one of the secrets. Takes the
 * same time whatever differs. An empty secret signs nothing.
 */
export const verifyAssemblySignature = (
  secrets: string | readonly string[],
  rawBody: Buffer,
  header: string | undefined,
): boolean => {
  if (header === undefined || !HEX_SHA256.test(header)) return false;
  const given = Buffer.from(header, 'hex');
  return [secrets]
    .flat()
    .filter((secret) => secret !== '')
    .map((secret) => timingSafeEqual(createHmac('sha256', secret).update(rawBody).digest(), given))
    .includes(true);
};

/** A hint that something about an object may have changed. Never taken for the state itself. */
export interface AssemblyEvent {
  /** As sent, such as `file.updated`. */
  readonly eventType: string;
  /** `''` for an event that is not about a file, folder or link and names nothing. */
  readonly id: string;
  /** `other` for events about people, companies and whatever is added one day. */
  readonly object: 'file' | 'folder' | 'link' | 'other';
  readonly channelId?: string;
  /** Without a leading slash. */
  readonly path?: string;
  readonly status?: 'pending' | 'completed';
  /** `updatedAt`, verbatim. */
  readonly version?: string;
  readonly size?: number;
  /** Only on a rename, and not surely then. */
  readonly previousName?: string;
}

/** No name or id has a NUL in it, and the database holds none. */
const word = z
  .string()
  .min(1)
  .refine((text) => !text.includes('\0'))
  .optional()
  .catch(undefined);
const previous = z.object({ name: word }).optional().catch(undefined);
const data = z.object({
  id: word,
  object: word,
  channelId: word,
  path: word,
  status: word,
  updatedAt: word,
  size: z.number().int().nonnegative().optional().catch(undefined),
  previousAttributes: previous,
});
const envelope = z.object({
  eventType: z.string().min(1).max(255),
  data: data.optional().catch(undefined),
  // The documentation puts it here, production apps read it in `data`.
  previousAttributes: previous,
});

const KINDS = ['file', 'folder', 'link'] as const;

/**
 * Reads an event tolerantly: a missing or odd field is left out. `null` for a body that is no event: not an object, no
 * `eventType`, or one about a file, folder or link that names none.
 */
export const parseAssemblyEvent = (json: unknown): AssemblyEvent | null => {
  const parsed = envelope.safeParse(json);
  if (!parsed.success) return null;
  const { eventType, previousAttributes } = parsed.data;
  const about: z.infer<typeof data> = parsed.data.data ?? {};
  const object = kindOf(eventType, about.object);
  if (object !== 'other' && about.id === undefined) return null;
  const status = toStatus(about.status ?? null);
  return {
    eventType,
    id: about.id ?? '',
    object,
    ...defined('channelId', about.channelId),
    ...defined('path', barePath(about.path ?? '') || undefined),
    ...defined('status', status ?? undefined),
    ...defined('version', about.updatedAt),
    ...defined('size', about.size),
    ...defined('previousName', about.previousAttributes?.name ?? previousAttributes?.name),
  };
};

/** The type of the event says what it is about; `data.object` of a person's event is never a file's. */
const kindOf = (eventType: string, object: string | undefined): AssemblyEvent['object'] => {
  const subject = eventType.split('.')[0];
  if (!KINDS.some((kind) => kind === subject)) return 'other';
  return KINDS.find((kind) => kind === object) ?? KINDS.find((kind) => kind === subject) ?? 'other';
};

const defined = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]: T });

import { z } from 'zod';
import type { AssemblyChannel, AssemblyObject } from './types';

/**
 * What Assembly answers, read tolerantly: it may add fields at any time, spells absence as a missing field, `null` or
 * `""`, and its Go backend writes an empty list as `null`. A missing `data` is another matter: an answer that isn't a
 * list must never count as an empty one.
 */
const text = z.string().min(1);
/** `""` and anything that is not text are absence. */
const optionalText = z
  .string()
  .nullish()
  .transform((value) => (value === undefined || value === '' ? null : value))
  .catch(null);
const optionalSize = z.number().int().nonnegative().nullish().catch(null);

/** Assembly answers without a leading slash, and has been seen to take one. */
export const barePath = (path: string): string => path.replace(/^\/+|\/+$/g, '');

/** A kind that Assembly adds one day is to us what a link is: not synced, but in the way at its path. */
const objectKind = z.string().transform((kind) => (kind === 'file' || kind === 'folder' ? kind : 'link'));

const rawObject = z.object({
  id: text,
  object: objectKind,
  channelId: optionalText,
  path: z.string().transform(barePath),
  status: optionalText,
  updatedAt: optionalText,
  size: optionalSize,
  downloadUrl: optionalText,
  uploadUrl: optionalText,
});

type RawObject = z.infer<typeof rawObject>;

const toObject = (raw: RawObject, channelId: string | null): AssemblyObject => {
  const isFile = raw.object === 'file';
  return {
    id: raw.id,
    object: raw.object,
    channelId: raw.channelId ?? channelId ?? '',
    path: raw.path,
    status: isFile ? toStatus(raw.status) : null,
    version: raw.updatedAt,
    size: isFile ? (raw.size ?? null) : null,
    downloadUrl: isFile ? raw.downloadUrl : null,
  };
};

/** Typed in lower case, written `PENDING` in the documentation's prose. */
export const toStatus = (status: string | null): AssemblyObject['status'] =>
  status === null ? null : status.toLowerCase() === 'completed' ? 'completed' : 'pending';

const NAMELESS = 'an object without a path';

/** One object; `channelId` is the one that was asked for, should the answer leave it out. */
export const fileObject = (channelId: string | null) =>
  rawObject
    .refine(({ path }) => path !== '', NAMELESS)
    .transform((raw) => ({ object: toObject(raw, channelId), uploadUrl: raw.uploadUrl }));

const page = <T extends z.ZodType>(entry: T) =>
  z
    .object({ data: z.array(entry).nullable(), nextToken: optionalText })
    .transform(({ data, nextToken }) => ({ data: data ?? [], nextToken }));

/** The channel's own root, should it ever be listed, is no item. */
export const filePage = (channelId: string) =>
  page(rawObject).transform(({ data, nextToken }) => ({
    objects: data.filter(({ path }) => path !== '').map((raw) => toObject(raw, channelId)),
    nextToken,
  }));

export const channel = z
  .object({
    id: text,
    // A channel of a kind we don't know has members and no owner, as a group has.
    membershipType: z.enum(['individual', 'group', 'company']).catch('group'),
    clientId: optionalText,
    companyId: optionalText,
    memberIds: z.array(z.string()).nullish(),
  })
  .transform((raw): AssemblyChannel => ({ ...raw, memberIds: raw.memberIds ?? [] }));

export const channelPage = page(channel);

const client = z
  .object({
    id: text,
    givenName: optionalText,
    familyName: optionalText,
    email: optionalText,
    companyId: optionalText,
    companyIds: z.array(z.string()).nullish().catch(null),
  })
  .transform(({ id, givenName, familyName, email, companyId, companyIds }) => ({
    id,
    name: [givenName, familyName].filter((part) => part !== null).join(' ') || (email ?? ''),
    email: email ?? '',
    companyId: companyId ?? companyIds?.[0] ?? null,
  }));

export const clientPage = page(client);

const company = z
  .object({ id: text, name: optionalText, isPlaceholder: z.boolean().nullish().catch(null) })
  .transform(({ id, name, isPlaceholder }) => ({
    id,
    name: name ?? '',
    isPlaceholder: isPlaceholder ?? false,
  }));

export const companyPage = page(company);

export const deleted = z.object({ deleted: z.literal(true).optional() });

/** Only some errors have a body like this. */
export const errorBody = z.object({ message: z.string().catch(''), code: z.string().catch('') });

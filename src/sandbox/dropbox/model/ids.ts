import { randomBytes } from 'node:crypto';

export const newFileId = (): string => `id:${randomBytes(16).toString('base64url')}`;

export const newToken = (prefix: string): string => `${prefix}${randomBytes(24).toString('base64url')}`;

/** 40 characters, as account ids are. */
export const newAccountId = (): string => `dbid:${randomBytes(27).toString('base64url').slice(0, 35)}`;

/** ISO 8601, UTC, whole seconds. */
export const seconds = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;

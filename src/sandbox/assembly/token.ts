import { createCipheriv, createHmac, randomBytes } from 'node:crypto';

export interface AppTokenPayload {
  readonly workspaceId: string;
  readonly internalUserId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly companyId?: string | undefined;
  readonly tokenId?: string | undefined;
}

/**
 * The `?token=` that Assembly appends to the app's pages and webhook calls: hex of IV and AES-128-CBC ciphertext of
 * the JSON payload, under the first 16 bytes of the hex HMAC-SHA256 of an empty message. Members that are
 * `undefined` are left out. `iv`: 16 bytes, random unless given.
 */
export const mintAppToken = (
  apiKey: string,
  payload: AppTokenPayload,
  iv: Buffer = randomBytes(16),
): string => {
  const mac = createHmac('sha256', apiKey).digest('hex');
  const cipher = createCipheriv('aes-128-cbc', Buffer.from(mac.slice(0, 32), 'hex'), iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(payload), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, sealed]).toString('hex');
};

import { createHmac, timingSafeEqual } from 'node:crypto';

const HEX_SHA256 = /^[0-9a-f]{64}$/i;

/**
 * Whether `given` is the hex HMAC-SHA256 of exactly these bytes under one of the secrets. Takes the same time whatever
 * differs. Dropbox signs with the app secret.
 */
export const hexSignature = (secrets: readonly string[], raw: Buffer, given: string): boolean => {
  if (!HEX_SHA256.test(given)) return false;
  const bytes = Buffer.from(given, 'hex');
  return secrets
    .map((secret) => timingSafeEqual(createHmac('sha256', secret).update(raw).digest(), bytes))
    .includes(true);
};

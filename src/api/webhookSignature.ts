import { createHmac, timingSafeEqual } from 'node:crypto';

const HEX_SHA256 = /^[0-9a-f]{64}$/i;

/** Whether `given` is the hex HMAC-SHA256 of exactly these bytes. Dropbox signs with the app secret. */
export const hexSignature = (secret: string, raw: Buffer, given: string): boolean =>
  HEX_SHA256.test(given) &&
  timingSafeEqual(createHmac('sha256', secret).update(raw).digest(), Buffer.from(given, 'hex'));

import crypto from 'node:crypto';
import { createRandom } from './random';

const real = { randomUUID: crypto.randomUUID, randomBytes: crypto.randomBytes };
let nextByte: (() => number) | null = null;

const bytes = (size: number): Buffer => {
  const made = Buffer.alloc(size);
  for (let at = 0; at < size; at++) made[at] = nextByte!();
  return made;
};

/**
 * Makes every id and nonce of this process come from the seed until `real` ids are asked for again: the same history
 * then has the same ids, and with them the same order wherever ids decide it.
 */
export function seedIds(seed: number): void {
  const random = createRandom(seed);
  nextByte = () => random.below(256);
  const randomBytes = (size: number, callback?: (error: Error | null, made: Buffer) => void) => {
    const made = bytes(size);
    if (callback) setImmediate(callback, null, made);
    return made;
  };
  const randomUUID = () => {
    const made = bytes(16);
    made[6] = (made[6]! & 0x0f) | 0x40;
    made[8] = (made[8]! & 0x3f) | 0x80;
    const hex = made.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };
  Object.assign(crypto, { randomBytes, randomUUID });
}

/** Makes the monotonic clock of this process the given one: how long a permission is good must not be chance either. */
export function virtualPerformance(now: () => number): void {
  Object.defineProperty(performance, 'now', { value: now, configurable: true, writable: true });
}

export function realIds(): void {
  Reflect.deleteProperty(performance, 'now');
  nextByte = null;
  Object.assign(crypto, real);
}

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from './clock';

export type UrlVerdict = 'valid' | 'expired' | 'forged';

export interface Presigner {
  /** A URL for one object and method; whoever has it needs no key. */
  sign(method: 'PUT' | 'GET', fileId: string): string;
  check(method: string, fileId: string, query: URLSearchParams): UrlVerdict;
}

export const createPresigner = (options: {
  secret: string;
  clock: Clock;
  storageUrl: () => string;
  lifetimeSeconds: () => number;
}): Presigner => {
  const { secret, clock } = options;
  const signature = (method: string, fileId: string, date: string, expires: string): string =>
    createHmac('sha256', secret).update(`${method}\n${fileId}\n${date}\n${expires}`).digest('hex');

  return {
    sign: (method, fileId) => {
      const date = amzDate(clock.ms());
      const expires = String(options.lifetimeSeconds());
      const query = new URLSearchParams({
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Date': date,
        'X-Amz-Expires': expires,
        'X-Amz-SignedHeaders': 'host',
        'X-Amz-Signature': signature(method, fileId, date, expires),
      });
      return `${options.storageUrl()}/${fileId}?${query}`;
    },
    check: (method, fileId, query) => {
      const date = query.get('X-Amz-Date') ?? '';
      const expires = query.get('X-Amz-Expires') ?? '';
      const given = Buffer.from(query.get('X-Amz-Signature') ?? '');
      const wanted = Buffer.from(signature(method, fileId, date, expires));
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 'forged';
      return clock.ms() >= fromAmzDate(date) + Number(expires) * 1000 ? 'expired' : 'valid';
    },
  };
};

/** `20261123T100000Z`: whole seconds, as S3 writes them. */
const amzDate = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

const fromAmzDate = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { RemoteError } from '../domain/remoteError';
import { bareHost, hostMatcher } from './hostPattern';
import { isPublicAddress } from './publicAddress';

/** Where a transfer may go: the parsed link, and the address that its host was found to have. */
export interface TransferTarget {
  readonly url: URL;
  /** The connection is pinned to it, so that a second resolution can't lead elsewhere. */
  readonly address?: string;
}

/** Stands before every request to a link that a remote side handed out. */
export interface TransferPolicy {
  /**
   * Rejects with `rejected` for a link that may not be followed, with `connection_failed` or `timeout` where its host
   * can't be resolved. No message holds more of the link than its host: the query is a credential.
   */
  check(url: string): Promise<TransferTarget>;
}

export interface TransferPolicyOptions {
  /** Host patterns such as `*.amazonaws.com`, matched by whole labels. */
  readonly hosts: readonly string[];
  /** Lets links be plain http and point at loopback or private addresses (sandbox, tests). */
  readonly allowPrivate: boolean;
  /** All addresses of a host; the system's resolver by default. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  /** How long a resolution may take; 10 seconds by default. */
  readonly resolveMs?: number;
}

const MAX_URL_LENGTH = 16_384;

const systemResolve = async (hostname: string): Promise<readonly string[]> =>
  (await lookup(hostname, { all: true, verbatim: true })).map(({ address }) => address);

const refuse = (why: string): RemoteError => new RemoteError('assembly', 'rejected', why);

/** Throws an `Error` for a pattern that is not one. */
export const createTransferPolicy = (options: TransferPolicyOptions): TransferPolicy => {
  const { allowPrivate, resolve = systemResolve, resolveMs = 10_000 } = options;
  const matchers = options.hosts.map(hostMatcher);
  const allowedHost = (hostname: string): boolean => matchers.some((matches) => matches(hostname));
  return {
    check: async (link) => {
      const url = parseLink(link, allowPrivate);
      const host = bareHost(url.hostname);
      if (!allowedHost(host)) {
        throw refuse(
          `The transfer link points at ${host}, which is not an allowed host; see TRANSFER_HOSTS.`,
        );
      }
      const addresses = isIP(host) === 0 ? await resolveInTime(host, resolve, resolveMs) : [host];
      const [address] = addresses;
      if (address === undefined) throw unresolved(host);
      // One private address among public ones is reason enough: nobody's storage host looks like that.
      if (!allowPrivate && !addresses.every(isPublicAddress)) {
        throw refuse(`The transfer link points at ${host}, which is not a public address.`);
      }
      return { url, address };
    },
  };
};

const parseLink = (link: string, allowPrivate: boolean): URL => {
  const url = link.length > MAX_URL_LENGTH ? null : parseUrl(link);
  if (url === null) throw refuse('The transfer link is not a URL.');
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) {
    throw refuse('The transfer link is not https.');
  }
  if (url.username !== '' || url.password !== '') throw refuse('The transfer link carries a user name.');
  return url;
};

const parseUrl = (link: string): URL | null => {
  try {
    return new URL(link);
  } catch {
    return null;
  }
};

const unresolved = (host: string): RemoteError =>
  new RemoteError('assembly', 'connection_failed', `The storage host ${host} can not be resolved.`);

const resolveInTime = async (
  host: string,
  resolve: (hostname: string) => Promise<readonly string[]>,
  ms: number,
): Promise<readonly string[]> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new RemoteError(
      'assembly',
      'timeout',
      `The storage host ${host} was not resolved in time.`,
    );
    timer = setTimeout(() => reject(error), ms);
  });
  const resolved = resolve(host).catch(() => {
    throw unresolved(host);
  });
  try {
    return await Promise.race([resolved, late]);
  } finally {
    clearTimeout(timer);
  }
};

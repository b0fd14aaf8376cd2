import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '../domain/errors';
import { RemoteError } from '../domain/remoteError';
import { parseRetryAfter } from '../net/retryAfter';

/** S3's error documents are a few hundred bytes. */
const MAX_XML_BYTES = 16_384;
/** The body only refines the code, so it is not worth a long wait. */
const XML_MS = 5_000;

/** S3 error codes that say more than their status. They come in XML, often with a plain 400. */
const XML_CODES: Readonly<Record<string, ErrorCode>> = {
  ExpiredToken: 'url_expired',
  EntityTooLarge: 'file_too_large',
  RequestTimeout: 'timeout',
  IncompleteBody: 'truncated_body',
  SlowDown: 'throttled',
};

const codeOf = (status: number, xmlCode: string | undefined, direction: 'upload' | 'download'): ErrorCode => {
  const told = xmlCode === undefined ? undefined : XML_CODES[xmlCode];
  if (told !== undefined) return told;
  if (status === 403) return 'url_expired';
  if (status === 429) return 'throttled';
  if (status === 413) return 'file_too_large';
  if (status === 404 && direction === 'download') return 'source_missing';
  // The object that the link was for is gone: another one is made, with another link.
  if (status === 404 && xmlCode !== 'NoSuchBucket') return 'url_expired';
  if (status >= 400 && status < 500) return 'rejected';
  return 'remote_unavailable';
};

/**
 * What an answer of a storage host other than 200 stands for. Reads a little of the body for S3's own error code, then
 * drops the connection. Redirects and other successes count as a host that can't be used now.
 */
export const storageError = async (
  response: IncomingMessage,
  direction: 'upload' | 'download',
): Promise<RemoteError> => {
  const status = response.statusCode ?? 0;
  const xmlCode = /<Code>(\w{1,64})<\/Code>/.exec(await readSome(response))?.[1];
  const code = codeOf(status, xmlCode, direction);
  const told = parseRetryAfter(response.headers['retry-after'], Date.now());
  const retryAfterMs = code === 'throttled' ? Math.max(told ?? 0, 1000) : told;
  const said = xmlCode === undefined ? '' : ` (${xmlCode})`;
  return new RemoteError(
    'assembly',
    code,
    `The storage host answered ${status}${said} to the ${direction}.`,
    {
      detail: xmlCode ?? String(status),
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    },
  );
};

const readSome = (response: IncomingMessage): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const finish = (): void => {
      clearTimeout(timer);
      response.destroy();
      resolve(text);
    };
    const timer = setTimeout(finish, XML_MS);
    response.setEncoding('latin1');
    response.on('data', (chunk: string) => {
      text = (text + chunk).slice(0, MAX_XML_BYTES);
      if (text.length >= MAX_XML_BYTES) finish();
    });
    response.on('end', finish);
    response.on('error', finish);
    response.on('close', finish);
    response.resume();
  });

import { isRefusal } from './refusal';

/** What goes out. A handler only makes it, so that a fault can take its place after the effect. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | StoredBody;
}

/** Bytes in a file, streamed when the reply is sent. */
export interface StoredBody {
  readonly file: string;
  readonly size: number;
}

export const isStored = (body: Reply['body']): body is StoredBody => !Buffer.isBuffer(body);

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify(value), 'utf8'),
});

export const empty = (status = 200): Reply => ({ status, headers: {}, body: Buffer.alloc(0) });

export const text = (status: number, contentType: string, body: string): Reply => ({
  status,
  headers: { 'content-type': contentType },
  body: Buffer.from(body, 'utf8'),
});

/** An error as S3 writes it. */
export const xmlError = (status: number, code: string, message: string): Reply =>
  text(
    status,
    'application/xml',
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  );

/** The codes are invented: no value of `code` is known of the real API. */
const CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  429: 'too_many_requests',
};

export const errorReply = (status: number, message: string, headers: Record<string, string> = {}): Reply =>
  json({ code: CODES[status] ?? 'internal_error', message }, status, headers);

/** The reply for what a handler threw; anything unexpected is a 500 that carries its message, for whoever tests. */
export const replyForError = (error: unknown): Reply => {
  if (isRefusal(error)) return errorReply(error.status, error.message, { ...error.headers });
  return errorReply(500, error instanceof Error ? `sandbox: ${error.message}` : 'sandbox: unknown error');
};

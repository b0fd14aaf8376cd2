import { CairnError, type ErrorCode, errorEntry } from '../domain/errors';
import { RemoteError } from '../domain/remoteError';

/** A place in a request that does not fit, as a JSON pointer, and what to do about it. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** A request that does not fit its schema. */
export class InvalidRequest extends CairnError {
  constructor(readonly errors: readonly FieldError[]) {
    super('invalid_request');
  }
}

/** An RFC 9457 problem: the body of every answer that is an error. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
}

/** What the caller is told of an error. What is unforeseen is told by its request id alone. */
export function problemOf(error: unknown, requestId: string): Problem {
  const { code, detail, errors } = describe(error);
  const entry = errorEntry(code);
  return {
    type: 'about:blank',
    title: entry.help,
    status: entry.status,
    code,
    detail,
    requestId,
    ...(errors === undefined ? {} : { errors }),
  };
}

interface Description {
  code: ErrorCode;
  detail: string;
  errors?: readonly FieldError[];
}

function describe(error: unknown): Description {
  if (error instanceof InvalidRequest)
    return { code: error.code, detail: error.message, errors: error.errors };
  if (error instanceof CairnError) return { code: error.code, detail: error.detail };
  if (error instanceof RemoteError) {
    const code = callerCode(error.code);
    return { code, detail: errorEntry(code).help };
  }
  return parserError(error) ?? { code: 'unexpected', detail: errorEntry('unexpected').help };
}

/** To a caller 401 means its own token; that Dropbox refuses ours is a missing connection. */
const callerCode = (code: ErrorCode): ErrorCode => (code === 'auth_revoked' ? 'not_connected' : code);

/** Errors of Express and its body parsers, which carry a `status` and a `type`. */
function parserError(error: unknown): Description | null {
  // An address whose percent-encoding is broken names nothing.
  if (error instanceof URIError) return { code: 'not_found', detail: errorEntry('not_found').help };
  if (!(error instanceof Error) || !('type' in error)) return null;
  switch (error.type) {
    case 'entity.too.large':
      return { code: 'body_too_large', detail: errorEntry('body_too_large').help };
    case 'entity.parse.failed':
      return invalidBody('The body is not valid JSON.');
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return invalidBody('The body must be UTF-8, plain or gzip.');
    case 'request.aborted':
    case 'request.size.invalid':
      return invalidBody('The body ended early.');
    default:
      return null;
  }
}

const invalidBody = (detail: string): Description => ({
  code: 'invalid_request',
  detail: errorEntry('invalid_request').help,
  errors: [{ pointer: '', detail }],
});

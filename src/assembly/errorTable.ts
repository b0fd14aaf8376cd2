import type { ErrorCode } from '../domain/errors';
import { RemoteError } from '../domain/remoteError';

export const ASSEMBLY_OPERATIONS = [
  'listFiles',
  'retrieveFile',
  'createFile',
  'createFolder',
  'deleteFile',
  'listChannels',
  'retrieveChannel',
  'listClients',
  'listCompanies',
] as const;
export type AssemblyOperation = (typeof ASSEMBLY_OPERATIONS)[number];

/** An answer of the API that isn't a success, as far as its body could be read. */
export interface Refusal {
  readonly operation: AssemblyOperation;
  readonly status: number;
  /** The `message` of a JSON body; `''` where there was none. */
  readonly message: string;
  /** True for a web page: it comes from a gateway and says nothing about the object that was asked for. */
  readonly html: boolean;
  readonly retryAfterMs: number | null;
  readonly requestId: string | undefined;
}

interface Rule {
  readonly status: number | 'any 5xx' | 'any other';
  readonly operations?: readonly AssemblyOperation[];
  readonly message?: RegExp;
  readonly html?: true;
  readonly code: ErrorCode;
}

const CREATES: readonly AssemblyOperation[] = ['createFile', 'createFolder'];
const WRITES: readonly AssemblyOperation[] = [...CREATES, 'deleteFile'];

/**
 * The first rule that fits decides. Assembly documents no `code` values, so status and message are all there is.
 * `Folder already exists` and `Folder is not empty` are known word for word; the other messages are not, so their
 * patterns are loose, and a 400 that none of them knows stays `rejected`, with the message for a person.
 *
 * A 404 of a retrieve or a delete is an answer and not an error, as a 400 or 404 of a retrieved channel is: see
 * `isPositiveNotFound`.
 */
const RULES: readonly Rule[] = [
  { status: 401, code: 'access_denied' },
  // One folder that may not be written to must not close the whole side.
  { status: 403, operations: WRITES, message: /read.?only/i, code: 'write_denied' },
  { status: 403, code: 'access_denied' },
  { status: 429, code: 'throttled' },
  { status: 408, code: 'timeout' },
  { status: 'any 5xx', code: 'remote_unavailable' },
  { status: 'any other', html: true, code: 'bad_answer' },
  { status: 400, operations: CREATES, message: /already (exists|in use|taken)/i, code: 'path_conflict' },
  { status: 409, operations: CREATES, code: 'path_conflict' },
  { status: 400, operations: ['deleteFile'], message: /not empty/i, code: 'folder_not_empty' },
  // Before the parent: such a message may name the parent's path.
  { status: 400, operations: CREATES, message: /character/i, code: 'name_not_allowed' },
  { status: 400, operations: CREATES, message: /too long|length/i, code: 'name_too_long' },
  {
    status: 400,
    operations: CREATES,
    message: /parent|(folder|directory|path).*(not found|not exist|n't exist|missing)/i,
    code: 'parent_missing',
  },
  { status: 400, operations: CREATES, message: /\b(file|folder)?names?\b/i, code: 'name_not_allowed' },
];

const fits = (rule: Rule, refusal: Refusal): boolean =>
  fitsStatus(rule.status, refusal.status) &&
  (rule.operations?.includes(refusal.operation) ?? true) &&
  (rule.message?.test(refusal.message) ?? true) &&
  (rule.html === undefined || refusal.html);

const fitsStatus = (wanted: Rule['status'], status: number): boolean => {
  if (wanted === 'any 5xx') return status >= 500;
  return wanted === 'any other' || wanted === status;
};

/**
 * A message may quote a path, whose words mean nothing: what comes before a colon or a quotation mark is looked at
 * first. What is left then: redirects, which Assembly says nothing of, and refusals whose reason only a person reads.
 */
const codeOf = (refusal: Refusal): ErrorCode => {
  const [head = ''] = refusal.message.split(/[:"]|\s'/);
  const rule =
    RULES.find((each) => fits(each, { ...refusal, message: head })) ??
    RULES.find((each) => fits(each, refusal));
  return rule?.code ?? (refusal.status < 400 ? 'bad_answer' : 'rejected');
};

/**
 * Whether the answer says that the object isn't there. A web page doesn't: a misconfigured gateway answers 404 for
 * everything, and absence is what deletes follow from.
 */
export const isPositiveNotFound = ({ operation, status, html }: Refusal): boolean => {
  if (html) return false;
  if (operation === 'retrieveFile' || operation === 'deleteFile') return status === 404;
  // Observed: a deleted or unknown channel answers 400.
  return operation === 'retrieveChannel' && (status === 400 || status === 404);
};

/** The shortest pause after a 429: "subsequent requests will succeed after one second". */
const SHORTEST_PAUSE_MS = 1000;

const WHAT: Record<AssemblyOperation, string> = {
  listFiles: 'listing the files of a channel',
  retrieveFile: 'reading a file',
  createFile: 'creating a file',
  createFolder: 'creating a folder',
  deleteFile: 'deleting an object',
  listChannels: 'listing the channels',
  retrieveChannel: 'reading a channel',
  listClients: 'listing the clients',
  listCompanies: 'listing the companies',
};

/** The error that a refusal stands for; `detail` is the status. */
export const assemblyError = (refusal: Refusal): RemoteError => {
  const code = codeOf(refusal);
  const { status, retryAfterMs, requestId } = refusal;
  const pause = code === 'throttled' ? Math.max(retryAfterMs ?? 0, SHORTEST_PAUSE_MS) : retryAfterMs;
  const said = refusal.message === '' ? '' : `: ${refusal.message}`;
  return new RemoteError(
    'assembly',
    code,
    `Assembly answered ${status} to ${WHAT[refusal.operation]}${said}`,
    {
      detail: String(status),
      ...(pause === null ? {} : { retryAfterMs: pause }),
      ...(requestId === undefined ? {} : { requestId }),
    },
  );
};

/** An answer with the right status whose body is not what the operation returns. */
export const badAnswer = (operation: AssemblyOperation, why: string): RemoteError =>
  new RemoteError('assembly', 'bad_answer', `Assembly's answer to ${WHAT[operation]} makes no sense: ${why}`);

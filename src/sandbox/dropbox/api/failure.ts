/** An answer other than success, thrown by whatever notices the reason. */
export class Failure extends Error {
  override readonly name = 'Failure';
  constructor(
    readonly status: number,
    readonly body: string | object,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`answers ${status}`);
  }
}

/** A union tag with its value: `['path', 'conflict', 'file']` nests, extra fields go on the last tag. */
export interface Tagged {
  readonly tags: readonly string[];
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** `{".tag":"a","a":{".tag":"b",…fields}}`, as unions are encoded. */
export function encodeTags({ tags, fields = {} }: Tagged): Record<string, unknown> {
  const [tag = 'other', ...inner] = tags;
  if (inner.length === 0) return { '.tag': tag, ...fields };
  return { '.tag': tag, [tag]: encodeTags({ tags: inner, fields }) };
}

/** The tag path and 0 to 3 random dots, as `error_summary` has them. */
export const summaryOf = (tags: readonly string[]): string =>
  `${tags.join('/')}/${'.'.repeat(Math.floor(Math.random() * 4))}`;

/** A failure of a route, before it is known how that route encodes it. */
export class RouteError extends Error {
  override readonly name = 'RouteError';
  constructor(readonly tagged: Tagged) {
    super(tagged.tags.join('/'));
  }
}

export const routeError = (tags: readonly string[], fields?: Record<string, unknown>): RouteError =>
  new RouteError(fields ? { tags, fields } : { tags });

export const conflictBody = (tagged: Tagged): object => ({
  error_summary: summaryOf(tagged.tags),
  error: encodeTags(tagged),
});

export const jsonFailure = (
  status: number,
  tagged: Tagged,
  headers: Readonly<Record<string, string>> = {},
): Failure => new Failure(status, conflictBody(tagged), headers);

/** 400 as text, with the prefix that names the route. */
export const badRequest = (route: string, detail: string): Failure =>
  new Failure(400, `Error in call to API function "${route}": ${detail}`);

/** 429 as JSON; a pause of whole seconds. */
export const tooMany = (
  reason: 'too_many_requests' | 'too_many_write_operations',
  retryAfter: number,
): Failure =>
  new Failure(
    429,
    { error_summary: summaryOf([reason]), error: { reason: { '.tag': reason }, retry_after: retryAfter } },
    { 'retry-after': String(retryAfter) },
  );

/** Runs `work`; a route error inside comes out under `prefix`: `from_lookup` + `not_found`. */
export function under<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RouteError) {
      throw new RouteError({ ...error.tagged, tags: [prefix, ...error.tagged.tags] });
    }
    throw error;
  }
}

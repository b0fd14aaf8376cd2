/** A request that is answered with an error: thrown where it is found, written where the reply is made. */
export interface Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

const known = new WeakSet<Error>();

export const refusal = (status: number, message: string, headers: Record<string, string> = {}): Refusal => {
  const error = Object.assign(new Error(message), { status, headers });
  known.add(error);
  return error;
};

export const isRefusal = (error: unknown): error is Refusal => error instanceof Error && known.has(error);

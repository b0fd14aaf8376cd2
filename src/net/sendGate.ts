import { AsyncLocalStorage } from 'node:async_hooks';

/** Resolves when a request may go out now; rejects when none may any more. */
export type SendGate = () => Promise<void>;

const gates = new AsyncLocalStorage<SendGate>();

/** Runs `call` so that each request it sends passes `gate` first, after whatever it had to wait for. */
export const throughGate = <T>(gate: SendGate, call: () => Promise<T>): Promise<T> => gates.run(gate, call);

/** Clients await this right before a request goes out: after slots, tokens and look-ups, which take their time. */
export const passGate = async (): Promise<void> => {
  await gates.getStore()?.();
};

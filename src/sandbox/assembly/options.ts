import type { OutgoingEvent } from './events/delivery';
import type { AssemblySwitches } from './switches';
import type { Timers } from './timers';

export interface AssemblySandboxOptions {
  /** State and bytes. Another instance on the same folder goes on where the last one stopped, however it stopped. */
  readonly dataDir: string;
  /** On 127.0.0.1; 0 or absent: a free one. */
  readonly port?: number;
  /** The app's key, `sandbox-assembly-key` unless given. */
  readonly apiKey?: string;
  /** Calls a second and workspace above which the answer is 429; 20 unless given, 0: no limit. */
  readonly rps?: number;
  /** Where events go, with `token=` in the query; absent: nowhere. */
  readonly webhookUrl?: string;
  /** Secret of `x-copilot-signature`; absent: no signature. */
  readonly webhookSecret?: string;
  /** Told of each event in place of `webhookUrl`: whoever runs the simulator in-process delivers them as it likes. */
  readonly onEvent?: (event: OutgoingEvent) => void;
  /** Runs what takes its time, such as the completion of an upload; real time unless given. */
  readonly timers?: Timers;
  readonly now?: () => Date;
  /** What differs from the defaults in switches.ts. */
  readonly switches?: Partial<AssemblySwitches>;
}

export interface AssemblySandbox {
  readonly url: string;
  /** The API's origin; its routes are under `/v1`. */
  readonly apiUrl: string;
  readonly storageUrl: string;
  readonly controlUrl: string;
  /** A control route without HTTP, for who lives in the same process: `target` is a path below `/control` with its query. */
  control(method: string, target: string, content?: string): Promise<{ status: number; text: string }>;
  /** Cuts open connections, drops deliveries under way. Idempotent. */
  close(): Promise<void>;
}

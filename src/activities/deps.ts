import type { Logger } from 'pino';
import type { Keyring } from '../domain/keyring';
import type { Store } from '../store/client';
import type { DueSettings } from '../store/ready';
import type { ReconcileSettings } from './reconcile';
import type { Remotes } from './remotes';

/** Named places before and after the steps of the product's own. */
export const STEP_POINTS = [
  'beforeOpen',
  'afterOpen',
  'beforeRemote',
  'afterRemote',
  'afterStamp',
  'afterPart',
  'beforeSettle',
  'afterSettle',
  'beforeFold',
  'afterFold',
  'beforeReconcile',
  'afterReconcile',
] as const;

/**
 * Reached only through `withFaultPoints`: around each call of a side or of Temporal, named as in `dropbox.upload`,
 * `assembly.createFile`, `hinter.hint`, and around each transaction, named by the activity it is of.
 */
const AROUND_POINTS = [
  'beforeCall',
  'afterCall',
  'beforeTransaction',
  'beforeCommit',
  'afterCommit',
] as const;

/** Tests make a place throw, or kill the process there; else it does nothing. */
export const FAULT_POINTS = [...STEP_POINTS, ...AROUND_POINTS] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];
export type ReachFaultPoint = (point: FaultPoint, detail: string) => Promise<void>;

/** The hints that an activity may give: the only thing that activities ask of Temporal. */
export interface Hinter {
  hint(
    ref: { portalId: string; syncId: string },
    hint: import('../workflows/messages').ChannelHint,
  ): Promise<void>;
}

/** Everything that activities are made from. Tests pass fakes for any of it. */
export interface ActivityDeps {
  readonly store: Store;
  readonly remotes: Remotes;
  readonly keyring: Keyring;
  readonly hinter: Hinter;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly settings: ReconcileSettings &
    DueSettings & {
      /** Calls a month and portal that listings of Assembly may use. */
      readonly monthlyBudget: number;
    };
  readonly reach: ReachFaultPoint;
}

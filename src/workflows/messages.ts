import type { Origin } from '../domain/types';

/**
 * What a channel workflow is told. Only a reason to look, never a state: it names objects by id at most, and
 * losing one costs time, not data.
 */
export type ChannelHint =
  /** Something changed in the Dropbox folder: drain the cursor. */
  | { readonly kind: 'dropbox'; readonly origin: Origin }
  /** These objects of the channel may have changed; with none named, the channel is listed. */
  | { readonly kind: 'assembly'; readonly ids: readonly string[]; readonly origin: Origin }
  /** Both of these at once. */
  | { readonly kind: 'both'; readonly ids: readonly string[]; readonly origin: Origin }
  /** Look at both sides in full. */
  | { readonly kind: 'look'; readonly origin: Origin; readonly resyncWorkflowId?: string }
  /** Tombstones may be due; nothing needs to be observed. */
  | { readonly kind: 'work'; readonly origin: Origin };

export interface SyncChannelInput {
  readonly portalId: string;
  readonly syncId: string;
}

export interface SyncItemInput {
  readonly portalId: string;
  readonly syncId: string;
  readonly itemId: string;
  readonly origin: Origin;
  /** Step aside to a temporary name: another item waits for this one's place, and this one for its. */
  readonly park?: boolean;
}

export interface ResyncInput {
  readonly portalId: string;
  readonly syncId: string;
}

export interface ResyncReport {
  readonly outcome: 'converged' | 'halted' | 'not_active' | 'unfinished';
  readonly rearmed: number;
  readonly pending: number;
  readonly stuck: number;
  readonly unsyncable: number;
}

/** Names of signals: part of what recorded histories hold, so they never change. */
export const HINT_SIGNAL = 'hint';
export const LOOK_AGAIN_SIGNAL = 'lookAgain';
export const PASS_DONE_SIGNAL = 'passDone';

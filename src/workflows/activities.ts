import type { NextWork, PassEnd, PassStart } from '../activities/channel';
import type { Opened } from '../activities/item/open';
import type { FailedState, Outcome, Settled } from '../activities/item/settle';
import type { Observed } from '../activities/observe/dropbox';
import type { Origin, Review, Side, SyncRef } from '../domain/types';
import type { Failure } from './failure';
import type { ChannelHint, ResyncReport, SyncItemInput } from './messages';

/** The steps of one item, as workflows see them. Names are part of recorded histories. */
export interface ItemActivities {
  openOperation(input: SyncItemInput): Promise<Opened>;
  /** `target` chooses the queue only; what to do stands in the row. */
  applyOperation(input: SyncItemInput, serial: string, target: Side): Promise<Outcome>;
  settleOperation(input: SyncItemInput, serial: string, outcome: Outcome): Promise<Settled>;
  markFailed(input: SyncItemInput, serial: string, failure: Failure): Promise<FailedState>;
}

/** The steps of one sync's pass. */
export interface ChannelActivities {
  startPass(ref: SyncRef): Promise<PassStart>;
  observeDropbox(ref: SyncRef, full: boolean): Promise<Observed>;
  observeAssembly(ref: SyncRef, ids: readonly string[]): Promise<Observed>;
  planSync(ref: SyncRef, origin: Origin, lookedInFull: boolean): Promise<boolean>;
  nextWork(ref: SyncRef, limit: number, running: readonly string[]): Promise<NextWork>;
  endPass(ref: SyncRef, review: Review): Promise<PassEnd>;
  /** Milliseconds after which it is worth looking again. */
  observationFailed(ref: SyncRef, failure: Failure): Promise<number>;
}

export interface SweepActivities {
  listPortals(after: string): Promise<string[]>;
  wakeSyncs(portalId: string, after: string | null): Promise<{ woken: number; next: string | null }>;
}

export interface ResyncActivities {
  armResync(ref: SyncRef): Promise<{ armed: boolean; rearmed: number }>;
  hintChannel(ref: SyncRef, hint: ChannelHint): Promise<void>;
}

export type CairnActivities = ItemActivities & ChannelActivities & SweepActivities & ResyncActivities;
export type { ResyncReport };

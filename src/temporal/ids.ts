import type { SyncRef } from '../domain/types';

export type { ItemRef, SyncRef } from '../domain/types';

/** Ids of workflows: they hold no path and no personal data, since Temporal never encrypts them. */

export const QUEUES = { sync: 'sync', dropbox: 'dropbox', assembly: 'assembly' } as const;

export const itemWorkflowId = (portalId: string, itemId: string) => `item/${portalId}/${itemId}`;
export const channelWorkflowId = ({ portalId, syncId }: SyncRef) => `channel/${portalId}/${syncId}`;
export const sweepPortalWorkflowId = (portalId: string) => `sweep/${portalId}`;
export const resyncWorkflowId = ({ portalId, syncId }: SyncRef) => `resync/${portalId}/${syncId}`;

export const SWEEP_SCHEDULE_ID = 'sweep';

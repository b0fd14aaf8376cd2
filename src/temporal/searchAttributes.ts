import { defineSearchAttributeKey } from '@temporalio/common';

/** The search attributes of every Cairn workflow, all of type Keyword; registered before a worker starts. */
export const PORTAL_ID = defineSearchAttributeKey('PortalId', 'KEYWORD');
export const SYNC_ID = defineSearchAttributeKey('SyncId', 'KEYWORD');
export const SYNC_TARGET = defineSearchAttributeKey('SyncTarget', 'KEYWORD');
export const SYNC_OPERATION = defineSearchAttributeKey('SyncOperation', 'KEYWORD');
export const SYNC_STATUS = defineSearchAttributeKey('SyncStatus', 'KEYWORD');
export const ERROR_CODE = defineSearchAttributeKey('ErrorCode', 'KEYWORD');
export const ORIGIN = defineSearchAttributeKey('Origin', 'KEYWORD');
export const SWEEP_ID = defineSearchAttributeKey('SweepId', 'KEYWORD');

export const SEARCH_ATTRIBUTES = [
  PORTAL_ID,
  SYNC_ID,
  SYNC_TARGET,
  SYNC_OPERATION,
  SYNC_STATUS,
  ERROR_CODE,
  ORIGIN,
  SWEEP_ID,
] as const;

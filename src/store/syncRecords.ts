import type { SyncRef, SyncState } from '../domain/types';
import type { Tx } from './client';
import type { SyncRecord } from './records';

interface SyncRow {
  id: string;
  portal_id: string;
  assembly_channel_id: string;
  dbx_root_path: string;
  dbx_root_id: string;
  dbx_cursor: string | null;
  state: SyncState;
  generation: number;
  dbx_look: number;
  dbx_look_open: boolean;
  dbx_observed: boolean;
  assembly_look: number;
  assembly_look_open: boolean;
  assembly_next_token: string | null;
  assembly_observed: boolean;
  look_wanted: boolean;
  halt_reason: string | null;
  halt_id: string | null;
  approved_halt_id: string | null;
}

const record = (row: SyncRow): SyncRecord => ({
  id: row.id,
  portalId: row.portal_id,
  channelId: row.assembly_channel_id,
  rootPath: row.dbx_root_path,
  rootId: row.dbx_root_id,
  cursor: row.dbx_cursor,
  state: row.state,
  generation: row.generation,
  dropboxLook: row.dbx_look,
  dropboxOpen: row.dbx_look_open,
  dropboxObserved: row.dbx_observed,
  assemblyLook: row.assembly_look,
  assemblyOpen: row.assembly_look_open,
  assemblyNextToken: row.assembly_next_token,
  assemblyObserved: row.assembly_observed,
  lookWanted: row.look_wanted,
  haltReason: row.halt_reason,
  haltId: row.halt_id,
  approvedHaltId: row.approved_halt_id,
});

/** A sync by its portal and id, whatever its state; `null` when there is none. */
export async function readSync(tx: Tx, ref: SyncRef): Promise<SyncRecord | null> {
  const rows = await tx.$queryRaw<SyncRow[]>`
    SELECT id::text, portal_id, assembly_channel_id, dbx_root_path, dbx_root_id, dbx_cursor, state, generation,
           dbx_look, dbx_look_open, dbx_observed_at IS NOT NULL AS dbx_observed,
           assembly_look, assembly_look_open, assembly_next_token,
           assembly_observed_at IS NOT NULL AS assembly_observed, look_wanted,
           halt_reason, halt_id::text, approved_halt_id::text
    FROM channel_sync WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid`;
  return rows[0] ? record(rows[0]) : null;
}

/** States in which Cairn may write to the remote sides. */
export const flows = (state: SyncState): boolean => state === 'initial' || state === 'active';

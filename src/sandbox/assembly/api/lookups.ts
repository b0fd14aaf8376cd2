import { refusal } from '../http/refusal';
import type { Sandbox } from '../sandbox';
import type { Channel, FileRecord, Workspace } from '../state/records';

/** Refuses with `status` a channel that is unknown, deleted, or another workspace's: 400 is observed, not 404. */
export const channelOf = (sandbox: Sandbox, workspace: Workspace, id: string, status: number): Channel => {
  const channel = sandbox.store.channel.get(id);
  if (channel?.workspaceId !== workspace.id) throw refusal(status, 'Channel not found');
  return channel;
};

/** 404 for an unknown id; for another workspace's the switch decides. */
export const fileOf = (sandbox: Sandbox, workspace: Workspace, id: string): FileRecord => {
  const file = sandbox.store.file.get(id);
  if (file === undefined) throw refusal(404, 'File not found');
  if (file.workspaceId !== workspace.id) throw refusal(sandbox.switches.foreignIdStatus, 'File not found');
  return file;
};

import { nameOf } from '../paths';
import type { Sandbox } from '../sandbox';
import type { FileRecord } from '../state/records';

type Where = 'create' | 'retrieve' | 'list' | 'webhook';

/** An object as the API tells it, which differs a little by where it is told. Never with a hash or version. */
export const fileView = (sandbox: Sandbox, file: FileRecord, where: Where): Record<string, unknown> => {
  const { switches } = sandbox;
  const path = sandbox.stalePaths.pathOf(file);
  const view: Record<string, unknown> = {
    id: file.id,
    object: file.object,
    channelId: file.channelId,
    name: nameOf(path),
    path,
    ...(file.object === 'file' ? fileMembers(sandbox, file, where) : {}),
    linkUrl: file.linkUrl,
    creatorId: file.creator.id,
    lastModifiedBy: file.modifiedBy,
    createdAt: file.createdAt,
    updatedAt: file.updatedAt,
  };
  if (file.object === 'folder' && (where === 'retrieve' || where === 'list')) {
    // Requests spell it with an underscore, responses with a hyphen.
    view.clientPermissions = (file.clientPermissions ?? 'read_write').replace('_', '-');
  }
  const omitted = where === 'list' ? switches.listOmits : where === 'webhook' ? switches.webhookOmits : [];
  for (const member of omitted) delete view[member];
  return view;
};

const fileMembers = (sandbox: Sandbox, file: FileRecord, where: Where): Record<string, unknown> => {
  const completed = file.status === 'completed';
  const status = file.status ?? 'pending';
  const noUrl = sandbox.switches.pendingDownloadUrl === 'empty' ? { downloadUrl: '' } : {};
  return {
    status: sandbox.switches.statusCase === 'upper' ? status.toUpperCase() : status,
    ...(where === 'create' ? { uploadUrl: sandbox.presign.sign('PUT', file.id) } : {}),
    ...(completed ? { downloadUrl: sandbox.presign.sign('GET', file.id) } : noUrl),
    size: completed ? (file.content?.size ?? 0) : 0,
  };
};

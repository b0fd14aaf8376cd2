import { queryValue } from '../http/call';
import { refusal } from '../http/refusal';
import type { Reply } from '../http/reply';
import { records } from '../objects/find';
import type { Sandbox } from '../sandbox';
import { exactly } from '../state/channelIndex';
import { fileView } from '../views/fileView';
import { channelOf } from './lookups';
import { pageLimit, pageReply, readToken } from './pages';
import type { ApiCall } from './route';

/** Flat and recursive, with folders, links and files that have no bytes yet. */
export const listFiles = (sandbox: Sandbox, { call, workspace }: ApiCall): Reply => {
  const { switches } = sandbox;
  const channelId = queryValue(call, 'channelId');
  if (channelId === undefined) throw refusal(400, 'channelId is required');
  const channel = channelOf(sandbox, workspace, channelId, switches.missingChannelStatus);
  const folder = (queryValue(call, 'path') ?? '').replace(/^\/+|\/+$/g, '');
  const list = `files ${channel.id} ${folder}`;
  const limit = pageLimit(sandbox, call, switches.maxFilesLimit);
  const token = readToken(sandbox, call, list);
  if (token === null && switches.listPages === 'emptyFirst') return pageReply(sandbox, list, [], null);

  const page = sandbox.store.index(channel.id).page({
    prefixes: prefixesOf(sandbox, folder),
    after: token === null || token.after === null ? null : String(token.after),
    limit: switches.listPages === 'short' ? Math.ceil(limit / 2) : limit,
    reverse: switches.listOrder === 'reversePath',
  });
  const data = records(sandbox, page.ids).map((file) => fileView(sandbox, file, 'list'));
  return pageReply(sandbox, list, data, page.more ? page.lastKey : undefined);
};

const prefixesOf = (sandbox: Sandbox, folder: string): string[] => {
  if (folder === '') return [''];
  const { pathFilter, pathFilterIncludesFolder } = sandbox.switches;
  if (pathFilter === 'text') return [folder];
  return [...(pathFilterIncludesFolder ? [exactly(folder)] : []), `${folder}/`];
};

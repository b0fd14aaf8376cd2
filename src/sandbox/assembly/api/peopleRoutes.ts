import { z } from 'zod';
import { type Call, decodeSegment, queryValue, readJson } from '../http/call';
import { refusal } from '../http/refusal';
import { json, type Reply } from '../http/reply';
import { addChannel } from '../objects/channels';
import type { Sandbox } from '../sandbox';
import type { Channel, Workspace } from '../state/records';
import { channelView, clientView, companyView, internalUserView, workspaceView } from '../views/peopleView';
import { parseBody } from './body';
import { channelOf } from './lookups';
import { recordsReply } from './pages';
import type { ApiCall, ApiRoute } from './route';

const channelBody = z.object({
  membershiptype: z.enum(['individual', 'group', 'company']),
  clientid: z.string().optional(),
  companyid: z.string().optional(),
  memberids: z.array(z.string()).optional(),
});

const of = <T extends { readonly workspaceId: string }>(records: Iterable<T>, workspace: Workspace): T[] =>
  [...records].filter((record) => record.workspaceId === workspace.id);

/** Whether each filter that is in the query equals the record's value, exactly and with case. */
const matches = (call: Call, values: Record<string, string | readonly string[] | null>): boolean =>
  Object.entries(values).every(([name, value]) => {
    const wanted = queryValue(call, name);
    return wanted === undefined || value === wanted || (Array.isArray(value) && value.includes(wanted));
  });

const one = <T extends { readonly workspaceId: string }>(
  records: ReadonlyMap<string, T>,
  { workspace, id }: ApiCall,
  status: number,
): T => {
  const record = records.get(decodeSegment(id));
  if (record?.workspaceId !== workspace.id) throw refusal(status, 'Not found');
  return record;
};

const listChannels = (sandbox: Sandbox, { call, workspace }: ApiCall): Reply => {
  const fits = (channel: Channel): boolean =>
    matches(call, {
      membershipType: channel.membershipType,
      memberId: channel.memberIds,
      clientId: channel.clientId,
      companyId: channel.companyId,
      membershipEntityId: channel.clientId ?? channel.companyId,
    });
  const channels = of(sandbox.store.channel.values(), workspace).filter(fits);
  const view = (channel: Channel) => channelView(channel, sandbox.switches.nullFields, true);
  return recordsReply(sandbox, call, 'channels', channels, view);
};

const retrieveChannel = (sandbox: Sandbox, { workspace, id }: ApiCall): Reply => {
  if (/%2f/i.test(id) && sandbox.switches.encodedChannelId === 'reject')
    throw refusal(400, 'Channel not found');
  const channel = channelOf(sandbox, workspace, decodeSegment(id), 400);
  return json(channelView(channel, sandbox.switches.nullFields, false));
};

const createChannel = async (sandbox: Sandbox, { call, workspace }: ApiCall): Promise<Reply> => {
  const body = parseBody(channelBody, await readJson(call));
  if (body.membershiptype === 'group' && !body.memberids?.length) throw refusal(400, 'memberIds is required');
  const channel = addChannel(sandbox, workspace, {
    membershipType: body.membershiptype,
    clientId: body.clientid,
    companyId: body.companyid,
    memberIds: body.memberids,
  });
  return json(channelView(channel, sandbox.switches.nullFields, false));
};

const listClients = (sandbox: Sandbox, { call, workspace }: ApiCall): Reply => {
  const clients = of(sandbox.store.client.values(), workspace).filter((client) =>
    matches(call, {
      companyId: client.companyIds,
      email: client.email,
      givenName: client.givenName,
      familyName: client.familyName,
    }),
  );
  return recordsReply(sandbox, call, 'clients', clients, (client) =>
    clientView(client, sandbox.switches.nullFields),
  );
};

const listCompanies = (sandbox: Sandbox, { call, workspace }: ApiCall): Reply => {
  const companies = of(sandbox.store.company.values(), workspace).filter((company) =>
    matches(call, { name: company.name, isPlaceholder: String(company.isPlaceholder) }),
  );
  return recordsReply(sandbox, call, 'companies', companies, (company) =>
    companyView(company, sandbox.switches.nullFields),
  );
};

const listInternalUsers = (sandbox: Sandbox, { call, workspace }: ApiCall): Reply => {
  const users = of(sandbox.store.internalUser.values(), workspace);
  return recordsReply(sandbox, call, 'internal-users', users, (user) =>
    internalUserView(user, sandbox.switches.nullFields),
  );
};

export const peopleRoutes: readonly ApiRoute[] = [
  { name: 'GET /v1/channels/files', handle: listChannels },
  { name: 'POST /v1/channels/files', handle: createChannel },
  { name: 'GET /v1/channels/files/{id}', handle: retrieveChannel },
  { name: 'GET /v1/clients', handle: listClients },
  {
    name: 'GET /v1/clients/{id}',
    handle: (sandbox, call) =>
      json(clientView(one(sandbox.store.client, call, 404), sandbox.switches.nullFields)),
  },
  { name: 'GET /v1/companies', handle: listCompanies },
  {
    name: 'GET /v1/companies/{id}',
    handle: (sandbox, call) =>
      json(companyView(one(sandbox.store.company, call, 404), sandbox.switches.nullFields)),
  },
  { name: 'GET /v1/internal-users', handle: listInternalUsers },
  {
    name: 'GET /v1/internal-users/{id}',
    handle: (sandbox, call) =>
      json(internalUserView(one(sandbox.store.internalUser, call, 400), sandbox.switches.nullFields)),
  },
  { name: 'GET /v1/workspaces', handle: (_, { workspace }) => json(workspaceView(workspace)) },
];

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Asked, queryValue } from '../http/call';
import { refusal } from '../http/refusal';
import { json, type Reply } from '../http/reply';
import { addChannel, removeChannel } from '../objects/channels';
import { addClient, addCompany, removeClient, removeCompany } from '../objects/people';
import { addInternalUser, saveWorkspace } from '../objects/workspaces';
import type { Sandbox } from '../sandbox';
import { mintAppToken } from '../token';
import { channelView, clientView, companyView, internalUserView } from '../views/peopleView';
import { bodyOf, channelOf, idOf, workspaceOf } from './input';
import type { ControlRoute } from './route';

const workspaceId = z.string().min(1).optional();
const workspaceBody = z.strictObject({
  id: z.string().min(1).max(255),
  name: z.string().optional(),
  /** `false`: the workspace has removed the app. */
  installed: z.boolean().optional(),
});
const clientBody = z.strictObject({
  workspaceId,
  givenName: z.string().default('Ada'),
  familyName: z.string().default('Client'),
  email: z.string().default('client@portal.example'),
  companyId: z.string().optional(),
  companyIds: z.array(z.string()).optional(),
  status: z.enum(['notInvited', 'invited', 'active']).default('active'),
});
const companyBody = z.strictObject({
  workspaceId,
  name: z.string().default('Company'),
  isPlaceholder: z.boolean().default(false),
});
const internalUserBody = z.strictObject({
  workspaceId,
  givenName: z.string().default('Staff'),
  familyName: z.string().default('Member'),
  email: z.string().default('staff@portal.example'),
  role: z.string().default('staff'),
});
const channelBody = z.strictObject({
  workspaceId,
  membershipType: z.enum(['individual', 'group', 'company']),
  clientId: z.string().optional(),
  companyId: z.string().optional(),
  memberIds: z.array(z.string()).optional(),
});
const tokenBody = z.strictObject({
  workspaceId,
  internalUserId: z.string().optional(),
  clientId: z.string().optional(),
  companyId: z.string().optional(),
  /** `true` invents one. */
  tokenId: z.union([z.string(), z.boolean()]).optional(),
});

const saveWorkspaceRoute = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const workspace = saveWorkspace(sandbox, await bodyOf(call, workspaceBody));
  const { id, name, installed, ownKey, staffId } = workspace;
  return json({ id, name, installed, ownKey, staffId, apiKey: `${id}/${sandbox.apiKey}` });
};

const listWorkspaces = (sandbox: Sandbox): Reply =>
  json({
    workspaces: [...sandbox.store.workspace.values()].map(({ id, name, staffId }) => ({ id, name, staffId })),
  });

const listChannels = (sandbox: Sandbox, call: Asked): Reply => {
  const wanted = queryValue(call, 'workspaceId');
  const channels = [...sandbox.store.channel.values()].filter(
    (channel) => wanted === undefined || channel.workspaceId === wanted,
  );
  return json({ channels: channels.map((channel) => channelView(channel, 'never', true)) });
};

const listClients = (sandbox: Sandbox): Reply =>
  json({ clients: [...sandbox.store.client.values()].map((client) => clientView(client, 'never')) });

const createClient = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const { workspaceId: id, companyId, companyIds, ...person } = await bodyOf(call, clientBody);
  const given = companyIds ?? (companyId === undefined ? [] : [companyId]);
  const client = addClient(sandbox, workspaceOf(sandbox, id), { ...person, companyIds: given });
  return json(clientView(client, 'never'));
};

const createCompany = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const body = await bodyOf(call, companyBody);
  const company = addCompany(sandbox, workspaceOf(sandbox, body.workspaceId), body.name, body.isPlaceholder);
  return json(companyView(company, 'never'));
};

const createInternalUser = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const { workspaceId: id, ...person } = await bodyOf(call, internalUserBody);
  return json(internalUserView(addInternalUser(sandbox, workspaceOf(sandbox, id), person), 'never'));
};

const createChannel = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const { workspaceId: id, ...input } = await bodyOf(call, channelBody);
  return json(channelView(addChannel(sandbox, workspaceOf(sandbox, id), input), 'never', true));
};

const deleteClient = (sandbox: Sandbox, call: Asked): Reply => {
  const client = sandbox.store.client.get(idOf(call, '/control/clients'));
  if (client === undefined) throw refusal(404, 'id: no such client');
  removeClient(sandbox, client);
  return json({ id: client.id, deleted: true });
};

const deleteCompany = (sandbox: Sandbox, call: Asked): Reply => {
  const company = sandbox.store.company.get(idOf(call, '/control/companies'));
  if (company === undefined) throw refusal(404, 'id: no such company');
  removeCompany(sandbox, workspaceOf(sandbox, company.workspaceId), company);
  return json({ id: company.id, deleted: true });
};

const deleteChannel = (sandbox: Sandbox, call: Asked): Reply => {
  const channel = channelOf(sandbox, idOf(call, '/control/channels'));
  removeChannel(sandbox, channel);
  return json({ id: channel.id, deleted: true });
};

/** A token of staff, unless a client is named: the person of the workspace that the control routes act as. */
const mintToken = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const body = await bodyOf(call, tokenBody);
  const workspace = workspaceOf(sandbox, body.workspaceId);
  const staffId = body.clientId === undefined ? workspace.staffId : undefined;
  const tokenId = body.tokenId === true ? randomUUID() : body.tokenId || undefined;
  if (tokenId !== undefined) sandbox.sessions.isExpired(tokenId, sandbox.switches.sessionLifetimeSeconds);
  const payload = {
    workspaceId: workspace.id,
    internalUserId: body.internalUserId ?? staffId,
    clientId: body.clientId,
    companyId: body.companyId,
    tokenId,
  };
  return json({ token: mintAppToken(sandbox.apiKey, payload) });
};

export const peopleControl: readonly ControlRoute[] = [
  { method: 'POST', path: '/workspaces', handle: saveWorkspaceRoute },
  { method: 'GET', path: '/workspaces', handle: listWorkspaces },
  { method: 'GET', path: '/clients', handle: listClients },
  { method: 'POST', path: '/clients', handle: createClient },
  { method: 'DELETE', path: '/clients', withId: true, handle: deleteClient },
  { method: 'POST', path: '/companies', handle: createCompany },
  { method: 'DELETE', path: '/companies', withId: true, handle: deleteCompany },
  { method: 'POST', path: '/internal-users', handle: createInternalUser },
  { method: 'GET', path: '/channels', handle: listChannels },
  { method: 'POST', path: '/channels', handle: createChannel },
  { method: 'DELETE', path: '/channels', withId: true, handle: deleteChannel },
  { method: 'POST', path: '/token', handle: mintToken },
];

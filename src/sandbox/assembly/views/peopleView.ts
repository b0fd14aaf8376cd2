import type { Channel, Client, Company, InternalUser, Workspace } from '../state/records';
import type { AssemblySwitches } from '../switches';

type Nulls = AssemblySwitches['nullFields'];

/** Documented as nullable: by switch null never, always, or on every second record. */
const nullable = <T>(nulls: Nulls, seq: number, value: T): T | null =>
  nulls === 'always' || (nulls === 'mixed' && seq % 2 === 1) ? null : value;

export const channelView = (channel: Channel, nulls: Nulls, inList: boolean): Record<string, unknown> => ({
  id: channel.id,
  ...(inList ? { object: 'fileChannel' } : {}),
  createdAt: channel.createdAt,
  updatedAt: channel.updatedAt,
  membershipType: channel.membershipType,
  ...(channel.clientId === null ? {} : { clientId: channel.clientId }),
  ...(channel.companyId === null ? {} : { companyId: channel.companyId }),
  membershipEntityId: channel.clientId ?? channel.companyId ?? '',
  memberIds: channel.memberIds.length === 0 ? nullable(nulls, channel.seq, []) : channel.memberIds,
});

export const clientView = (client: Client, nulls: Nulls): Record<string, unknown> => ({
  id: client.id,
  object: 'client',
  createdAt: client.createdAt,
  updatedAt: client.updatedAt,
  givenName: client.givenName,
  familyName: client.familyName,
  email: client.email,
  companyId: client.companyIds[0] ?? '',
  companyIds: client.companyIds,
  status: client.status,
  inviteUrl: `https://portal.example/invite/${client.id}`,
  avatarImageUrl: nullable(nulls, client.seq, `https://portal.example/avatar/${client.id}.png`),
  fallbackColor: '#3366cc',
  firstLoginDate: client.status === 'active' ? client.createdAt : null,
  lastLoginDate: client.status === 'active' ? client.updatedAt : null,
  creationMethod: 'internalUser',
  customFields: nullable(nulls, client.seq, {}),
});

export const companyView = (company: Company, nulls: Nulls): Record<string, unknown> => ({
  id: company.id,
  object: 'company',
  createdAt: company.createdAt,
  name: company.name,
  iconImageUrl: nullable(nulls, company.seq, ''),
  fallbackColor: '#cc6633',
  isPlaceholder: company.isPlaceholder,
  customFields: nullable(nulls, company.seq, {}),
});

export const internalUserView = (user: InternalUser, nulls: Nulls): Record<string, unknown> => ({
  id: user.id,
  object: 'internalUser',
  createdAt: user.createdAt,
  updatedAt: user.updatedAt,
  givenName: user.givenName,
  familyName: user.familyName,
  email: user.email,
  role: user.role,
  fallbackColor: '#66cc33',
  isClientAccessLimited: false,
  companyAccessList: nullable(nulls, user.seq, []),
  avatarImageUrl: nullable(nulls, user.seq, ''),
});

export const workspaceView = (workspace: Workspace): Record<string, unknown> => ({
  id: workspace.id,
  industry: 'other',
  isCompaniesEnabled: true,
  isClientDirectSignUpEnabled: false,
  logOutUrl: '',
  brandName: workspace.name,
  squareIconUrl: '',
  fullLogoUrl: '',
  squareLoginImageUrl: '',
  socialSharingImageUrl: '',
  colorSidebarBackground: '#ffffff',
  colorSidebarText: '#111111',
  colorAccent: '#3366cc',
  font: 'Inter',
  metaTitle: workspace.name,
  metaDescription: '',
  portalUrl: `https://${workspace.id.toLowerCase().replace(/[^a-z0-9-]/g, '-')}.portal.example`,
  labels: {
    individualTerm: 'client',
    individualTermPlural: 'clients',
    groupTerm: 'company',
    groupTermPlural: 'companies',
  },
});

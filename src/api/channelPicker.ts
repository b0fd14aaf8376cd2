import type { Remotes } from '../activities/remotes';
import type { AssemblyChannel, AssemblyClient } from '../assembly/types';

export interface LabelledChannel {
  readonly id: string;
  /** A channel has no name of its own: it is called after its people. */
  readonly label: string;
  readonly type: 'individual' | 'group' | 'company';
}

export interface ChannelPicker {
  /** All channels of the portal, by label. */
  list(portalId: string): Promise<LabelledChannel[]>;
  /** What one channel is called. */
  label(portalId: string, channel: AssemblyChannel): Promise<string>;
}

/** Assembly counts calls per month, and people change rarely. */
const PEOPLE_FOR_MS = 300_000;
const MAX_PORTALS = 200;
/** Enough for ten thousand channels at the usual page; a list that never ends must end here. */
const MAX_PAGES = 100;

interface People {
  readonly clients: ReadonlyMap<string, string>;
  readonly companies: ReadonlyMap<string, string>;
  readonly until: number;
}

/**
 * The portal's channels with labels. Channels are read each time (one call a page); people are kept for five minutes,
 * or until a channel names someone who isn't among them.
 */
export function createChannelPicker(remotes: Remotes, now: () => Date): ChannelPicker {
  const known = new Map<string, People>();

  const peopleFor = async (portalId: string, channels: readonly AssemblyChannel[]): Promise<People> => {
    const kept = known.get(portalId);
    if (kept !== undefined && kept.until > now().getTime() && names(kept, channels)) return kept;
    const people = await readPeople(remotes.assembly(portalId), now().getTime() + PEOPLE_FOR_MS);
    known.delete(portalId);
    known.set(portalId, people);
    const [oldest] = known.keys();
    if (known.size > MAX_PORTALS && oldest !== undefined) known.delete(oldest);
    return people;
  };

  return {
    async list(portalId) {
      const channels = await readChannels(remotes.assembly(portalId));
      if (channels.length === 0) return [];
      const people = await peopleFor(portalId, channels);
      return channels
        .map((channel) => ({ id: channel.id, label: labelOf(channel, people), type: channel.membershipType }))
        .sort((a, b) => a.label.localeCompare(b.label, 'en') || (a.id < b.id ? -1 : 1));
    },
    label: async (portalId, channel) => labelOf(channel, await peopleFor(portalId, [channel])),
  };
}

function names(people: People, channels: readonly AssemblyChannel[]): boolean {
  return channels.every(
    ({ clientId, companyId }) =>
      (clientId === null || people.clients.has(clientId)) &&
      (companyId === null || people.companies.has(companyId)),
  );
}

function labelOf(channel: AssemblyChannel, { clients, companies }: People): string {
  const company = channel.companyId === null ? undefined : companies.get(channel.companyId);
  const client = channel.clientId === null ? undefined : clients.get(channel.clientId);
  switch (channel.membershipType) {
    case 'individual':
      return [client ?? 'Client', ...(company ? [`(${company})`] : [])].join(' ');
    case 'company':
      return company || 'Company';
    case 'group': {
      const members = channel.memberIds.map((id) => clients.get(id)).filter((name) => name !== undefined);
      const shown = members.slice(0, 3).join(', ');
      const others = channel.memberIds.length - Math.min(members.length, 3);
      return shown === ''
        ? `Group of ${channel.memberIds.length}`
        : others > 0
          ? `${shown} and ${others} more`
          : shown;
    }
  }
}

async function allPages<T>(
  read: (nextToken: string | undefined) => Promise<{ page: readonly T[]; nextToken: string | null }>,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const { page, nextToken } = await read(token);
    all.push(...page);
    if (nextToken === null) break;
    token = nextToken;
  }
  return all;
}

const after = (nextToken: string | undefined) => (nextToken === undefined ? {} : { nextToken });

const readChannels = (assembly: AssemblyClient): Promise<AssemblyChannel[]> =>
  allPages(async (token) => {
    const { channels, nextToken } = await assembly.listChannels(after(token));
    return { page: channels, nextToken };
  });

async function readPeople(assembly: AssemblyClient, until: number): Promise<People> {
  const clients = await allPages(async (token) => {
    const { clients: page, nextToken } = await assembly.listClients(after(token));
    return { page, nextToken };
  });
  const companies = await allPages(async (token) => {
    const { companies: page, nextToken } = await assembly.listCompanies(after(token));
    return { page, nextToken };
  });
  return {
    clients: new Map(clients.map(({ id, name, email }) => [id, name || email])),
    // A placeholder stands for "no company": it has no name to show.
    companies: new Map(companies.map(({ id, name, isPlaceholder }) => [id, isPlaceholder ? '' : name])),
    until,
  };
}

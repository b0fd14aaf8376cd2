import type { Connection, Portal, Sync } from './json';
import type { LinkState } from './liveStream';

/** What the page knows. Everything here came from the server; nothing is guessed ahead of it. */
export interface PageState {
  /** `ended`: the token is no longer taken, and only Assembly can give another. */
  readonly session: 'open' | 'ended';
  /** Null until the first event. */
  readonly portal: Portal | null;
  readonly link: LinkState;
  /** When the link was lost, in milliseconds; null while it is not. */
  readonly lostAt: number | null;
  /** Syncs beyond those that the stream tells of, as last read. */
  readonly further: readonly Sync[];
  /** Where to go on reading them; null at the end, undefined before the first page. */
  readonly furtherCursor: string | null | undefined;
}

export type PageAction =
  | { readonly type: 'portal'; readonly portal: Portal }
  | {
      readonly type: 'link';
      readonly link: LinkState;
      readonly status?: number | undefined;
      readonly at: number;
    }
  /** Without a cursor, the syncs are news of single ones and no page of the list. */
  | {
      readonly type: 'further';
      readonly syncs: readonly Sync[];
      readonly nextCursor?: string | null;
    }
  | { readonly type: 'sync'; readonly sync: Sync }
  | { readonly type: 'removed'; readonly syncId: string }
  | { readonly type: 'connection'; readonly connection: Connection }
  | { readonly type: 'session-ended' };

export const INITIAL: PageState = {
  session: 'open',
  portal: null,
  link: 'connecting',
  lostAt: null,
  further: [],
  furtherCursor: undefined,
};

export function reduce(state: PageState, action: PageAction): PageState {
  switch (action.type) {
    case 'portal':
      return { ...state, portal: action.portal, further: withoutThose(state.further, action.portal.syncs) };
    case 'link':
      return withLink(state, action);
    case 'further':
      return {
        ...state,
        further: withoutThose(withNews(state.further, action.syncs), state.portal?.syncs ?? []),
        furtherCursor: action.nextCursor === undefined ? state.furtherCursor : action.nextCursor,
      };
    case 'sync':
      return withSync(state, action.sync);
    case 'removed':
      return withoutSync(state, action.syncId);
    case 'connection':
      return state.portal === null
        ? state
        : { ...state, portal: { ...state.portal, connection: action.connection } };
    case 'session-ended':
      return { ...state, session: 'ended' };
  }
}

function withLink(state: PageState, { link, status, at }: PageAction & { type: 'link' }): PageState {
  if (link === 'refused' && status === 401) return { ...state, session: 'ended' };
  if (link === 'live') return { ...state, link, lostAt: null };
  return { ...state, link, lostAt: link === 'lost' ? (state.lostAt ?? at) : state.lostAt };
}

/** What an action answered, before the stream says so too. A new one goes to the end: the oldest come first. */
function withSync(state: PageState, sync: Sync): PageState {
  const replace = (syncs: readonly Sync[]) => syncs.map((one) => (one.id === sync.id ? sync : one));
  if (state.further.some(({ id }) => id === sync.id)) return { ...state, further: replace(state.further) };
  if (state.portal === null) return state;
  const { syncs } = state.portal;
  const known = syncs.some(({ id }) => id === sync.id);
  return { ...state, portal: { ...state.portal, syncs: known ? replace(syncs) : [...syncs, sync] } };
}

function withoutSync(state: PageState, syncId: string): PageState {
  const without = (syncs: readonly Sync[]) => syncs.filter(({ id }) => id !== syncId);
  return {
    ...state,
    further: without(state.further),
    portal: state.portal === null ? null : { ...state.portal, syncs: without(state.portal.syncs) },
  };
}

/** Each at its old place as it is now; those that are new at the end. */
function withNews(syncs: readonly Sync[], news: readonly Sync[]): Sync[] {
  const byId = new Map([...syncs, ...news].map((sync) => [sync.id, sync]));
  return [...byId.values()];
}

const withoutThose = (syncs: readonly Sync[], told: readonly Sync[]): Sync[] => {
  const ids = new Set(told.map(({ id }) => id));
  return syncs.filter(({ id }) => !ids.has(id));
};

/** Whether one of the sides can't be used now, as far as the page knows. */
export const isBlocked = ({ portal }: PageState): boolean =>
  portal !== null &&
  (portal.connection.status !== 'connected' || (portal.connection.troubles ?? []).length > 0);

/** Every sync that the page knows of, each once. */
export const allSyncs = (state: PageState): readonly Sync[] => [
  ...(state.portal?.syncs ?? []),
  ...state.further,
];

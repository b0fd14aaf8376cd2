import type { Portal, Sync } from '../../../web/page/json';
import {
  allSyncs,
  INITIAL,
  isBlocked,
  type PageAction,
  type PageState,
  reduce,
} from '../../../web/page/pageState';

const sync = (id: string, more: Partial<Sync> = {}): Sync => ({
  id,
  portalId: 'p',
  assemblyChannelId: `c-${id}`,
  dropboxPath: `/${id}`,
  dropboxRootId: `id:${id}`,
  state: 'active',
  progress: { total: 1, settled: 1, pending: 0, retrying: 0, stuck: 0, unsyncable: 0, conflicts: 0 },
  lastConvergedAt: null,
  resyncing: false,
  createdAt: '2026-11-01T00:00:00.000Z',
  ...more,
});
const portal = (syncs: Sync[], more: Partial<Portal> = {}): PageAction => ({
  type: 'portal',
  portal: { connection: { status: 'connected' }, syncs, more: false, ...more },
});
const after = (...actions: PageAction[]): PageState => actions.reduce(reduce, INITIAL);
const ids = (state: PageState) => allSyncs(state).map(({ id }) => id);

test('every sync is shown once, whether the stream tells of it or a further page does', () => {
  const further: PageAction = { type: 'further', syncs: [sync('b'), sync('c'), sync('c')], nextCursor: null };
  const state = after(portal([sync('a'), sync('b')]), further);
  expect(ids(state)).toEqual(['a', 'b', 'c']);
  expect(ids(reduce(state, portal([sync('b'), sync('c')])))).toEqual(['b', 'c']);
});

test('news of a sync beyond the stream is taken up at its place, and changes nothing about reading further', () => {
  const page: PageAction = { type: 'further', syncs: [sync('x'), sync('y')], nextCursor: 'next' };
  const state = after(portal([sync('a')]), page, {
    type: 'further',
    syncs: [sync('x', { state: 'paused' })],
  });
  expect(allSyncs(state).map(({ id, state: now }) => `${id} ${now}`)).toEqual([
    'a active',
    'x paused',
    'y active',
  ]);
  expect(state.furtherCursor).toBe('next');
});

test('what an action answers is shown at once, in its place; a new sync comes last', () => {
  const start = after(portal([sync('a'), sync('b')]), {
    type: 'further',
    syncs: [sync('z')],
    nextCursor: null,
  });
  const paused = reduce(start, { type: 'sync', sync: sync('a', { state: 'paused' }) });
  expect(allSyncs(paused).map(({ state }) => state)).toEqual(['paused', 'active', 'active']);
  expect(ids(reduce(start, { type: 'sync', sync: sync('n') }))).toEqual(['a', 'b', 'n', 'z']);
  const far = reduce(start, { type: 'sync', sync: sync('z', { state: 'paused' }) });
  expect(allSyncs(far).at(-1)?.state).toBe('paused');
  expect(ids(reduce(start, { type: 'removed', syncId: 'b' }))).toEqual(['a', 'z']);
});

test('what is known stays while the link is lost, since when it was lost first', () => {
  const lost = (at: number): PageAction => ({ type: 'link', link: 'lost', at });
  const state = after(portal([sync('a')]), lost(5), lost(9));
  expect([state.lostAt, ids(state)]).toEqual([5, ['a']]);
  expect(reduce(state, { type: 'link', link: 'live', at: 12 }).lostAt).toBeNull();
});

test('a token that is refused ends the session; a sync that is gone does not', () => {
  const refused = (status: number): PageAction => ({ type: 'link', link: 'refused', status, at: 0 });
  expect(after(refused(401)).session).toBe('ended');
  expect(after(refused(404)).session).toBe('open');
  expect(after({ type: 'session-ended' }).session).toBe('ended');
});

test('work is blocked while a side can not be used', () => {
  const trouble = { side: 'assembly', code: 'throttled', message: '', since: '', nextTryAt: '' } as const;
  expect(isBlocked(INITIAL)).toBe(false);
  expect(isBlocked(after(portal([])))).toBe(false);
  expect(isBlocked(after(portal([], { connection: { status: 'needs_reauth' } })))).toBe(true);
  const troubled = portal([], { connection: { status: 'connected', troubles: [trouble] } });
  expect(isBlocked(after(troubled))).toBe(true);
  expect(
    isBlocked(reduce(after(troubled), { type: 'connection', connection: { status: 'connected' } })),
  ).toBe(false);
});

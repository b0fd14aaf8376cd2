import {
  addHint,
  emptyAgenda,
  hasWork,
  MAX_NAMED_OBJECTS,
  wantsObservation,
} from '../../../src/workflows/hints';
import type { ChannelHint } from '../../../src/workflows/messages';

const after = (...hints: ChannelHint[]) => {
  const agenda = emptyAgenda();
  for (const hint of hints) addHint(agenda, hint);
  return agenda;
};
const named = (...ids: string[]): ChannelHint => ({ kind: 'assembly', ids, origin: 'webhook' });

test('an empty agenda wants nothing', () => {
  expect(hasWork(emptyAgenda())).toBe(false);
});

test('a hundred hints of one kind are one look', () => {
  const dropbox: ChannelHint = { kind: 'dropbox', origin: 'webhook' };
  expect(after(...Array<ChannelHint>(100).fill(dropbox))).toEqual(after(dropbox));
});

test('an object named twice is read once, in the order in which it was named', () => {
  expect(after(named('b', 'a'), named('a', 'c')).assemblyIds).toEqual(['b', 'a', 'c']);
});

test('one object more than the bound makes it one list', () => {
  const ids = Array.from({ length: MAX_NAMED_OBJECTS + 1 }, (_, index) => `object-${index}`);
  expect(after(named(...ids.slice(1)))).toMatchObject({ assemblyList: false, assemblyIds: ids.slice(1) });
  expect(after(...ids.map((id) => named(id)))).toMatchObject({ assemblyList: true, assemblyIds: [] });
});

test('a hint of both sides is the same as one of each', () => {
  for (const ids of [[], ['a', 'b']]) {
    const both: ChannelHint = { kind: 'both', ids, origin: 'webhook' };
    expect(after(both)).toEqual(after({ kind: 'dropbox', origin: 'webhook' }, named(...ids)));
  }
});

test('once the channel is listed, names add nothing', () => {
  expect(after(named(), named('a'))).toMatchObject({ assemblyList: true, assemblyIds: [] });
});

test('owed work alone needs no observation', () => {
  const agenda = after({ kind: 'work', origin: 'sweep' });
  expect([hasWork(agenda), wantsObservation(agenda)]).toEqual([true, false]);
});

test('the most urgent origin of what waits is the one that counts', () => {
  const sweep: ChannelHint = { kind: 'dropbox', origin: 'sweep' };
  expect(after(sweep, named('a')).origin).toBe('webhook');
  expect(after({ kind: 'look', origin: 'operator' }, sweep).origin).toBe('operator');
});

test('an agenda that was worked off takes the origin of what comes next', () => {
  const agenda = { ...emptyAgenda(), origin: 'operator' as const };
  addHint(agenda, { kind: 'dropbox', origin: 'sweep' });
  expect(agenda.origin).toBe('sweep');
});

test('resyncs that wait for a report are bounded, and none is forgotten below the bound', () => {
  const looks = Array.from(
    { length: 50 },
    (_, index): ChannelHint => ({ kind: 'look', origin: 'resync', resyncWorkflowId: `resync-${index}` }),
  );
  expect(after(...looks.slice(0, 10)).waiting).toHaveLength(10);
  expect(after(...looks).waiting).toHaveLength(10);
});

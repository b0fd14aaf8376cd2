import { type NamedHistory, recordedHistories, replayAll } from './support/replay';

const recorded = recordedHistories();

test('a history is recorded of every workflow and every main path', () => {
  expect(recorded.map(({ name }) => name)).toEqual([
    'resync.converged',
    'sweep.continued',
    'sweep.portals',
    'sweepPortal.continued',
    'sweepPortal.woken',
    'syncChannel.children',
    'syncChannel.continued',
    'syncChannel.hinted',
    'syncChannel.observation-failed',
    'syncChannel.timer',
    'syncItem.failed',
    'syncItem.retried',
    'syncItem.signalled',
    'syncItem.success',
  ]);
});

test('every recorded history replays with the workflows as they are now', async () => {
  expect(await replayAll(recorded)).toEqual(Object.fromEntries(recorded.map(({ name }) => [name, null])));
});

test('a history that took another course is refused', async () => {
  const foreign = recorded
    .filter(({ name }) => name === 'resync.converged')
    .map(({ name, history }) => ({ name, history: renamed(history, 'armResync', 'disarmResync') }));

  const results = await replayAll(foreign);

  expect(results['resync.converged']).toMatch(/nondeterminism|activity/i);
});

test.each(recorded)('$name names no machine', ({ history }: NamedHistory) => {
  const identities = [...JSON.stringify(history).matchAll(/"identity":"([^"]*)"/g)].map(([, found]) => found);
  expect(identities.filter((identity) => identity !== 'worker')).toEqual([]);
  expect(JSON.stringify(history)).not.toMatch(/node_modules|\/dist\/|\d+@\w/);
});

const renamed = (history: unknown, from: string, to: string): unknown =>
  JSON.parse(JSON.stringify(history).replaceAll(`"${from}"`, `"${to}"`));

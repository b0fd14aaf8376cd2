import { nextWork } from '../../../src/activities/channel';
import { claimProbe, closeBreaker, openBreaker, openBreakers } from '../../../src/store/breakers';
import { takeCallSlot } from '../../../src/store/callSlots';
import { inTransaction } from '../../../src/store/client';
import { readyItems } from '../../../src/store/ready';
import { rearmAll } from '../../../src/store/sweeping';
import { drive } from './world/drive';
import { useWorld } from './world/useWorld';
import { createWorld } from './world/world';

const DUE = { maxAttempts: 10, backoffSeconds: 300 };

const world = useWorld({ database: {} });

/** One owed create whose last try was so many seconds ago. */
async function owed(attempts: number, secondsAgo: number): Promise<void> {
  world.people.dropbox.put('/one.txt', 'one');
  await world.observe(true);
  await world.plan();
  await world.store.prisma.$executeRaw`
    UPDATE file_folder_sync SET pending_action_attempts = ${attempts},
      pending_action_last_attempt_at = now() - make_interval(secs => ${secondsAgo}::float8)
    WHERE channel_sync_id = ${world.ref.syncId}::uuid`;
}
const ready = async () =>
  (await readyItems(world.store.prisma, world.ref, { ...DUE, limit: 10, except: [] })).length;
test.each([
  { attempts: 0, secondsAgo: 0, due: true },
  { attempts: 1, secondsAgo: 290, due: false },
  { attempts: 1, secondsAgo: 310, due: true },
  { attempts: 4, secondsAgo: 1_190, due: false },
  { attempts: 4, secondsAgo: 1_210, due: true },
  { attempts: 9, secondsAgo: 2_710, due: true },
  { attempts: 10, secondsAgo: 99_999, due: false },
])(
  'after $attempts attempts, the last $secondsAgo s ago, due: $due',
  async ({ attempts, secondsAgo, due }) => {
    await owed(attempts, secondsAgo);
    expect(await ready()).toBe(due ? 1 : 0);
  },
);

test('a pass says when the next failed operation is due, and counts the stuck ones', async () => {
  await owed(2, 100);
  const waiting = await nextWork(world.deps, world.ref, 10, []);
  expect(waiting).toMatchObject({ items: [], pending: 1, stuck: 0 });
  expect(waiting.dueInMs).toBeGreaterThan(490_000);
  expect(waiting.dueInMs).toBeLessThanOrEqual(500_000);
  await owed(10, 0);
  expect(await nextWork(world.deps, world.ref, 10, [])).toMatchObject({
    pending: 1,
    stuck: 1,
    dueInMs: null,
  });
});

test('what is due and waits for its folder wakes nobody by its time', async () => {
  world.people.dropbox.put('/docs/a.txt', 'one');
  await world.observe(true);
  await world.plan();
  const { id } = await world.item('/docs/a.txt');
  await world.store.prisma.$executeRaw`
    UPDATE file_folder_sync SET pending_action_attempts = 1,
      pending_action_last_attempt_at = now() - interval '310 seconds' WHERE id = ${id}::uuid`;
  const folder = await world.item('/docs');
  expect(await nextWork(world.deps, world.ref, 10, [folder.id])).toMatchObject({
    items: [],
    pending: 2,
    dueInMs: null,
  });
});

test('what is running is not handed out again', async () => {
  await owed(0, 0);
  const { id } = await world.item('/one.txt');
  expect((await nextWork(world.deps, world.ref, 10, [id])).items).toEqual([]);
});

test('a stuck item is due again after it was re-armed, and goes through', async () => {
  await owed(10, 0);
  expect(await inTransaction(world.store, (tx) => rearmAll(tx, world.ref))).toBe(1);
  await drive(world);
  expect(world.trees().assembly).toEqual(['file /one.txt one']);
});

test('while a side is down nothing is handed out until its probe, then one operation alone', async () => {
  for (let n = 0; n < 5; n++) world.people.dropbox.put(`/${n}.txt`, 'x');
  await world.observe(true);
  await world.plan();
  const { portalId } = world.ref;
  const fault = { code: 'access_denied', message: 'refused' } as const;
  await inTransaction(world.store, (tx) => openBreaker(tx, portalId, 'assembly', fault));
  const waiting = await nextWork(world.deps, world.ref, 10, []);
  expect(waiting.items).toEqual([]);
  expect(waiting.dueInMs).toBeGreaterThan(0);
  expect(waiting.dueInMs).toBeLessThanOrEqual(15_000);

  await world.store.prisma.$executeRaw`
    UPDATE side_breakers SET probe_at = now() - interval '1 second' WHERE portal_id = ${portalId}`;
  const probe = await nextWork(world.deps, world.ref, 10, []);
  expect(probe.items).toHaveLength(1);
  expect((await nextWork(world.deps, world.ref, 10, [])).items).toEqual([]);

  await inTransaction(world.store, (tx) => closeBreaker(tx, portalId, 'assembly'));
  expect((await nextWork(world.deps, world.ref, 10, [])).items).toHaveLength(5);
});

test('a breaker waits longer after every failed probe, to a bound of a minute', async () => {
  const { portalId } = world.ref;
  const waits: number[] = [];
  for (let n = 0; n < 12; n++) {
    await world.store.prisma.$executeRaw`
      UPDATE side_breakers SET probe_at = now() WHERE portal_id = ${portalId}`;
    if (n > 0) expect(await claimProbe(world.store.prisma, portalId, 'dropbox')).toBe(true);
    await inTransaction(world.store, (tx) =>
      openBreaker(tx, portalId, 'dropbox', { code: 'quota_exceeded', message: 'full' }),
    );
    const [breaker] = await openBreakers(world.store.prisma, portalId);
    waits.push(Math.round(breaker!.probeInMs / 1_000));
  }
  expect(waits.slice(0, 4)).toEqual([15, 30, 60, 60]);
  expect(Math.max(...waits)).toBe(60);
  // What was under way before tells nothing new.
  const late = { code: 'quota_exceeded', message: 'full' } as const;
  await inTransaction(world.store, (tx) => openBreaker(tx, portalId, 'dropbox', late));
  expect((await openBreakers(world.store.prisma, portalId))[0]!.probeInMs).toBeGreaterThan(55_000);
});

test('a fault of one portal is not seen by another', async () => {
  const other = await createWorld(world.store);
  await inTransaction(world.store, (tx) =>
    openBreaker(tx, world.ref.portalId, 'assembly', { code: 'access_denied', message: 'refused' }),
  );
  expect(await openBreakers(world.store.prisma, other.ref.portalId)).toEqual([]);
});

test('call slots of a portal are evenly spaced, whoever asks, and those of another are its own', async () => {
  const { portalId } = world.ref;
  const waits = await Promise.all(
    Array.from({ length: 20 }, () => takeCallSlot(world.store.prisma, portalId, 'assembly', 'list', 10)),
  );
  waits.sort((left, right) => left - right);
  // The last of twenty at ten a second waits two seconds less its own slot, and less what asking took.
  expect(waits[0]).toBe(0);
  expect(waits[19]).toBeGreaterThan(1_000);
  expect(waits[19]).toBeLessThanOrEqual(1_900);
  expect(await takeCallSlot(world.store.prisma, `${portalId}-other`, 'assembly', 'list', 10)).toBe(0);
  const usage = await world.store.prisma.apiUsage.findFirst({ where: { portalId, kind: 'list' } });
  expect(usage?.calls).toBe(20n);
});

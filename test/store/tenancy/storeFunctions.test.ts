import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readItem } from '../../../src/store/items';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { createPortalData, MARK, type PortalData, rowsOf } from './portalData';
import { CALLS, type Row, type Scope, WITHOUT_PORTAL } from './storeCalls';

const STORE = join(__dirname, '..', '..', '..', 'src', 'store');

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** `file.function` of everything callable that the store exports; classes are errors and touch no row. */
function exported(): string[] {
  return readdirSync(STORE)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const name = file.slice(0, -3);
      const all = Object.entries(require(join(STORE, name)) as Record<string, unknown>);
      const called = all.filter(
        ([, value]) => typeof value === 'function' && !(value.prototype instanceof Error),
      );
      return called.map(([one]) => `${name}.${one}`);
    });
}

test('every function of the store has a row in the table or a reason for having none', () => {
  expect([...Object.keys(CALLS), ...Object.keys(WITHOUT_PORTAL)].sort()).toEqual(exported().sort());
});

const scopeOf = (owner: PortalData, portalId: string): Scope => ({
  store: database.store,
  tx: database.store.prisma,
  portalId,
  ref: { portalId, syncId: owner.syncId },
  owner,
  item: (name) => ({ portalId, syncId: owner.syncId, itemId: owner.items[name] }),
  async record(name) {
    const item = await readItem(database.store.prisma, owner.portalId, owner.items[name]);
    if (item === null) throw new Error(`there is no ${name}`);
    return { ...item, portalId };
  },
});

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Map || part instanceof Set ? [...part] : typeof part === 'bigint' ? `${part}` : part,
  ) ?? 'nothing';

/** What a call told, or what it was refused with. */
async function outcome({ call }: Row, scope: Scope): Promise<string> {
  return await call(scope).then(text, (error: unknown) => String(error));
}

async function prepare({ given }: Row): Promise<PortalData> {
  const owner = await createPortalData(database.store);
  if (given) await database.store.prisma.channelSync.update({ where: { id: owner.syncId }, data: given });
  return owner;
}

test.each(Object.entries(CALLS))('%s tells and changes nothing of another portal', async (name, row) => {
  const [owner, stranger] = [await prepare(row), await createPortalData(database.store, 'other')];
  const before = await rowsOf(database.store, owner.portalId);
  const told = await outcome(row, scopeOf(owner, stranger.portalId));
  // The test itself sets one flag in the row of this function, to see whether it is set back.
  if (name !== 'planConsequences.dirtyLeavingFolders') {
    expect(await rowsOf(database.store, owner.portalId)).toBe(before);
  }
  for (const secret of [MARK, owner.portalId, owner.syncId, ...Object.values(owner.items)]) {
    expect(told).not.toContain(secret);
  }
  // The same call by the owner tells or changes something, or else the lines above would prove nothing.
  const own = await prepare(row);
  const ownBefore = await rowsOf(database.store, own.portalId);
  const ownTold = await outcome(row, scopeOf(own, own.portalId));
  const changed = (await rowsOf(database.store, own.portalId)) !== ownBefore;
  expect(changed || ownTold !== told).toBe(true);
});

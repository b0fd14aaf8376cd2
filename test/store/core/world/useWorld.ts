import type { Store, StoreOptions } from '../../../../src/store/client';
import { createTestDatabase, type TestDatabase } from '../../../support/database';
import { createDirectStore } from '../../../support/directStore';
import { createWorld, type World, type WorldOptions } from './world';

/**
 * A database for the file and a world for each of its tests: what it gives is that of the test that runs. Over one quick
 * connection, unless `database` asks for the product's own store.
 */
export function useWorld({ database, ...options }: WorldOptions & { database?: StoreOptions } = {}): World {
  let opened: TestDatabase;
  let store: Store;
  let current: World;
  beforeAll(async () => {
    opened = await createTestDatabase(database);
    store = database ? opened.store : createDirectStore(opened.url);
  });
  afterAll(async () => {
    await store.close();
    await opened.drop();
  });
  beforeEach(async () => {
    current = await createWorld(store, options);
  });
  return new Proxy({} as World, { get: (_target, name) => Reflect.get(current, name) });
}

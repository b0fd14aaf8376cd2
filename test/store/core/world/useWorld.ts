import type { StoreOptions } from '../../../../src/store/client';
import { createTestDatabase, type TestDatabase } from '../../../support/database';
import { createWorld, type World, type WorldOptions } from './world';

/** A database for the file and a world for each of its tests: what it gives is that of the test that runs. */
export function useWorld({ database, ...options }: WorldOptions & { database?: StoreOptions } = {}): World {
  let opened: TestDatabase;
  let current: World;
  beforeAll(async () => {
    opened = await createTestDatabase(database);
  });
  afterAll(() => opened.drop());
  beforeEach(async () => {
    current = await createWorld(opened.store, options);
  });
  return new Proxy({} as World, { get: (_target, name) => Reflect.get(current, name) });
}

import { type Grounds, openGrounds } from './sim';

/** The grounds of a test file, open while its tests run. */
export function useGrounds(): Grounds {
  let opened: Grounds;
  beforeAll(async () => {
    opened = await openGrounds();
  }, 60_000);
  afterAll(() => opened.close());
  return new Proxy({} as Grounds, { get: (_target, name) => Reflect.get(opened, name) });
}

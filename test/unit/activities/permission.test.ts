import { createPermission, NotPermitted } from '../../../src/activities/apply/permission';
import { createAssemblyClient } from '../../../src/assembly';
import { PERMISSION_MS, STOPPED_AFTER_MS } from '../../../src/domain/stopping';
import { createDropboxClient } from '../../../src/dropbox';
import { passGate, throughGate } from '../../../src/net/sendGate';
import { createTransferPolicy } from '../../../src/net/transferPolicy';

/** A clock that questions and waits move on. */
function setUp(allowed: () => boolean, askingMs = 1) {
  const state = { now: 0, asked: 0 };
  const gate = createPermission(
    async () => {
      state.asked += 1;
      state.now += askingMs;
      return allowed();
    },
    () => state.now,
  );
  return { state, gate };
}

test('a permission is good for a moment and then asked for again', async () => {
  const { state, gate } = setUp(() => true);
  await gate();
  state.now += PERMISSION_MS - 2;
  await gate();
  expect(state.asked).toBe(1);
  state.now += 10;
  await gate();
  expect(state.asked).toBe(2);
});

test('one whose answer took too long is not used, and a database that is always too slow is one that is away', async () => {
  const { state, gate } = setUp(() => true, PERMISSION_MS + 1);
  await expect(gate()).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(state.asked).toBe(20);
});

test('whoever stops a sync waits longer than a permission lasts', () => {
  expect(STOPPED_AFTER_MS).toBeGreaterThan(PERMISSION_MS);
});

/** Each client waits for something before its request: meanwhile the sync is stopped. */
describe('a sync that is stopped while a client waits sends nothing', () => {
  const sent: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    sent.push(String(input));
    throw new Error('nothing was to be sent');
  };
  let stopped: boolean;
  const gate = async (): Promise<void> => {
    if (stopped) throw new NotPermitted();
  };
  beforeEach(() => {
    sent.length = 0;
    stopped = false;
  });
  afterEach(() => expect(sent).toEqual([]));

  test('Assembly, for its slot', async () => {
    const client = createAssemblyClient({
      apiUrl: 'https://assembly.test',
      apiKey: 'test-key',
      portalId: 'ws_1',
      transfer: createTransferPolicy({ hosts: ['storage.test'], allowPrivate: false }),
      limiter: {
        async acquire() {
          stopped = true;
        },
      },
      fetch,
    });
    await expect(throughGate(gate, () => client.deleteFile('f1'))).rejects.toBeInstanceOf(NotPermitted);
  });

  test('a storage host, for its address', async () => {
    const transfer = createTransferPolicy({
      hosts: ['storage.test'],
      allowPrivate: true,
      async resolve() {
        stopped = true;
        return ['127.0.0.1'];
      },
    });
    const client = createAssemblyClient({
      apiUrl: 'https://assembly.test',
      apiKey: 'test-key',
      portalId: 'ws_1',
      transfer,
      limiter: { async acquire() {} },
      fetch,
    });
    async function* body() {
      yield Buffer.from('x');
    }
    const upload = () => client.upload({ url: 'http://storage.test:1/x', size: 1, body: body() });
    await expect(throughGate(gate, upload)).rejects.toBeInstanceOf(NotPermitted);
  });

  test('Dropbox, for its token', async () => {
    const client = createDropboxClient({
      apiUrl: 'https://dropbox.test',
      contentUrl: 'https://dropbox.test',
      async accessToken() {
        stopped = true;
        return 'test-token';
      },
      fetch,
    });
    await expect(throughGate(gate, () => client.createFolder('/x'))).rejects.toBeInstanceOf(NotPermitted);
  });
});

test('outside of a write there is no gate', async () => {
  await expect(passGate()).resolves.toBeUndefined();
});

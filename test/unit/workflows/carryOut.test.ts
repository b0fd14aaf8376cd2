import type { ItemActivities } from '../../../src/workflows/activities';
import { carryOut, OperationFailed } from '../../../src/workflows/carryOut';

const INPUT = { portalId: 'ws_1', syncId: 'sync', itemId: 'item', origin: 'webhook' } as const;
const failureOf = (error: unknown) => ({ code: 'rejected', message: (error as Error).message });

/** Activities that write down the order in which they are called. */
function activities(own: Partial<ItemActivities> = {}) {
  const order: string[] = [];
  const noted =
    <A extends unknown[], R>(name: string, step: (...args: A) => Promise<R>) =>
    (...args: A) => {
      order.push(name);
      return step(...args);
    };
  const steps: ItemActivities = {
    openOperation: noted('open', own.openOperation ?? (async () => OPENED)),
    applyOperation: noted(
      'apply',
      own.applyOperation ?? (async () => ({ kind: 'done', effect: { hash: null } })),
    ),
    settleOperation: noted('settle', own.settleOperation ?? (async () => 'settled' as const)),
    markFailed: noted('markFailed', own.markFailed ?? (async () => 'retrying' as const)),
  };
  return { order, steps };
}

const OPENED = { kind: 'operation', serial: '7', target: 'assembly' } as const;

test('an operation is opened, applied and settled, in this order', async () => {
  const { order, steps } = activities();
  expect(await carryOut(steps, INPUT, failureOf)).toBe('settled');
  expect(order).toEqual(['open', 'apply', 'settle']);
});

test.each(['settled', 'replan', 'wait'] as const)('an opening that says %s ends it', async (kind) => {
  const { order, steps } = activities({ openOperation: async () => ({ kind }) });
  expect(await carryOut(steps, INPUT, failureOf)).toBe(kind);
  expect(order).toEqual(['open']);
});

test('more that is owed is opened at once', async () => {
  const answers = ['more', 'settled'] as const;
  let count = 0;
  const { order, steps } = activities({ settleOperation: async () => answers[count++]! });
  expect(await carryOut(steps, INPUT, failureOf)).toBe('settled');
  expect(order).toEqual(['open', 'apply', 'settle', 'open', 'apply', 'settle']);
});

test('an item that always owes more is planned anew with the whole sync after eight operations', async () => {
  const { order, steps } = activities({ settleOperation: async () => 'more' });
  expect(await carryOut(steps, INPUT, failureOf)).toBe('replan');
  expect(order.filter((step) => step === 'apply')).toHaveLength(8);
});

test('a failure is on the row before it rejects, under the serial that failed', async () => {
  const cause = new Error('refused');
  const marked: unknown[] = [];
  let written = false;
  const { order, steps } = activities({
    applyOperation: () => Promise.reject(cause),
    async markFailed(...args) {
      marked.push(args);
      await new Promise(setImmediate);
      written = true;
      return 'stuck';
    },
  });

  const failed = await carryOut(steps, INPUT, failureOf).catch((error: unknown) => error);

  expect(failed).toBeInstanceOf(OperationFailed);
  expect(failed).toMatchObject({ failure: { code: 'rejected', message: 'refused' }, state: 'stuck', cause });
  expect(written).toBe(true);
  expect(marked).toEqual([[INPUT, '7', { code: 'rejected', message: 'refused' }]]);
  expect(order).toEqual(['open', 'apply', 'markFailed']);
});

test('a settle that fails is not written down as a failure of the operation', async () => {
  const { order, steps } = activities({ settleOperation: () => Promise.reject(new Error('database lost')) });
  await expect(carryOut(steps, INPUT, failureOf)).rejects.toThrow('database lost');
  expect(order).not.toContain('markFailed');
});

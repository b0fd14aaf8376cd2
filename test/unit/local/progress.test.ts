import { type Outcome, type SyncNow, untilConverged } from '../../../src/local/progress';
import { createView } from '../../../src/local/view';
import { sendJson, serve } from './support/server';

const counts = { total: 4, settled: 0, pending: 4, retrying: 0, stuck: 0, unsyncable: 0, conflicts: 0 };
const sync = (settled: number, more: Partial<SyncNow> = {}): SyncNow => ({
  id: 's1',
  state: 'active',
  progress: { ...counts, settled, pending: 4 - settled },
  lastConvergedAt: null,
  ...more,
});
const done = sync(4, { lastConvergedAt: '2026-01-01T00:00:00.000Z' });

/** Watches a sync that goes through these states, the last of which stays. Null: the API fails. */
async function watch(
  states: (SyncNow | null)[],
  more: Partial<Parameters<typeof untilConverged>[0]> = {},
): Promise<{ outcome: Outcome; shown: number[]; tokens: (string | string[] | undefined)[] }> {
  let at = 0;
  const tokens: (string | string[] | undefined)[] = [];
  const server = await serve((request, response) => {
    tokens.push(request.headers['x-assembly-token']);
    const state = states[Math.min(at++, states.length - 1)];
    sendJson(response, state ?? { code: 'unavailable' }, state ? 200 : 503);
  });
  const shown: number[] = [];
  try {
    const outcome = await untilConverged({
      api: { url: server.url, token: 'staff' },
      syncId: 's1',
      show: (progress) => shown.push(progress.sync.progress.settled),
      signal: new AbortController().signal,
      pollMs: 1,
      ...more,
    });
    return { outcome, shown, tokens };
  } finally {
    await server.close();
  }
}

test('it is over when the sync says that it has converged and nothing is owed', async () => {
  const owedAgain = { ...done, progress: { ...counts, settled: 3, pending: 1 } };
  const { outcome, shown, tokens } = await watch([sync(0), sync(2), sync(4), owedAgain, done]);
  expect(outcome).toMatchObject({ kind: 'converged', sync: done });
  expect(shown).toEqual([0, 2, 4, 3, 4]);
  expect(new Set(tokens)).toEqual(new Set(['staff']));
});

test('an API that is away for a while is waited for', async () => {
  const { outcome } = await watch([sync(1), null, null, done]);
  expect(outcome.kind).toBe('converged');
});

test('a halt ends it, with its reason', async () => {
  const { outcome } = await watch([sync(1), sync(1, { state: 'halted', haltReason: 'mass_delete' })]);
  expect(outcome).toMatchObject({ kind: 'halted', sync: { haltReason: 'mass_delete' } });
});

test('when nothing changes for too long it says so', async () => {
  let now = 0;
  const clock = () => {
    now += 100;
    return now;
  };
  const { outcome } = await watch([sync(1), sync(2)], { now: clock, stalledMs: 5_000 });
  expect(outcome).toMatchObject({ kind: 'stalled', why: 'nothing changes any more' });
  const failing = await watch([null], { now: clock, stalledMs: 5_000 });
  expect(failing.outcome).toMatchObject({ kind: 'stalled', why: expect.stringContaining('answered 503') });
});

test('a stop ends the wait', async () => {
  const stopping = new AbortController();
  const watching = watch([sync(1)], {
    signal: stopping.signal,
    show: () => stopping.abort(new Error('stopped')),
  });
  await expect(watching).rejects.toThrow(/stopped|aborted/);
});

describe('the view', () => {
  const screen = (isTTY: boolean, columns = 60) => {
    const written = { text: '' };
    const write = (part: string) => {
      written.text += part;
    };
    return { written, view: createView({ isTTY, columns, write }, () => 0) };
  };
  const progress = { sync: sync(2), filesPerSecond: 7.25, seconds: 3 };

  test('without a terminal is plain lines, with no control characters', () => {
    const { written, view } = screen(false);
    view.starting('Postgres');
    view.up('Postgres', '127.0.0.1:5432');
    view.progress(progress);
    view.progress(progress);
    view.settle();
    view.say('done');
    expect(written.text).toBe(
      'Postgres: starting\nPostgres: up (127.0.0.1:5432)\nSync: 2 of 4 items the same, 7.3 items/s\ndone\n',
    );
  });

  /** What a terminal shows after these writes: knows lines, and the one control sequence that the view uses. */
  const shownBy = (text: string): string[] => {
    const visible = text.replaceAll('\u001b[', '<');
    const lines: string[] = [''];
    for (const [, up, line] of visible.matchAll(/<(\d+)A<J|([^\n<]*\n)/g)) {
      if (up !== undefined) lines.splice(lines.length - 1 - Number(up), Number.MAX_SAFE_INTEGER, '');
      else lines.splice(lines.length - 1, 1, line?.slice(0, -1) ?? '', '');
    }
    return lines.slice(0, -1);
  };

  test('on a terminal redraws its table in place, below the lines that stay', () => {
    const { written, view } = screen(true);
    view.starting('Postgres');
    view.up('Postgres', '127.0.0.1:5432');
    view.starting('Temporal', 'looking for a server');
    view.say('a word');
    view.up('Temporal', 'x'.repeat(200));
    view.progress(progress);
    expect(shownBy(written.text)).toEqual([
      'a word',
      '  Postgres     ✓ 127.0.0.1:5432',
      `  Temporal     ✓ ${'x'.repeat(42)}`,
      '',
      `  [${'#'.repeat(12)}${'-'.repeat(12)}] 2 of 4 items the same, 7.3 ite`,
    ]);
  });

  test('after it has settled nothing above is touched', () => {
    const { written, view } = screen(true);
    view.up('API', 'http://127.0.0.1:8080');
    view.settle();
    view.say('where to click');
    view.up('Worker');
    expect(shownBy(written.text)).toEqual([
      '  API          ✓ http://127.0.0.1:8080',
      'where to click',
      '  Worker       ✓ up',
    ]);
  });
});

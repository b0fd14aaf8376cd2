import { ERRORS } from '../../../src/domain/errors';
import type { Item, Sync } from '../../../web/page/json';
import * as words from '../../../web/page/words';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const progress = { total: 10, settled: 10, pending: 0, retrying: 0, stuck: 0, unsyncable: 0, conflicts: 0 };
const sync = (
  more: Partial<Omit<Sync, 'progress'>> & { progress?: Partial<Sync['progress']> } = {},
): Sync => ({
  id: 's',
  portalId: 'p',
  assemblyChannelId: 'c',
  dropboxPath: '/d',
  dropboxRootId: 'id:d',
  state: 'active',
  lastConvergedAt: null,
  resyncing: false,
  createdAt: '2026-11-01T00:00:00.000Z',
  ...more,
  progress: { ...progress, ...more.progress },
});

test.each([
  ['Up to date', sync(), false],
  ['Up to date', sync(), true],
  ['Syncing', sync({ progress: { pending: 1 } }), false],
  ['Waiting', sync({ progress: { pending: 1 } }), true],
  ['Retrying', sync({ progress: { pending: 1, retrying: 1 } }), false],
  ['2 stuck', sync({ progress: { retrying: 1, stuck: 2 }, resyncing: true }), false],
  ['Checking everything', sync({ resyncing: true }), false],
  ['Waiting', sync({ error: { code: 'throttled', message: '' } }), false],
  ['First sync', sync({ state: 'initial' }), false],
  ['First sync, waiting', sync({ state: 'initial' }), true],
  ['Paused', sync({ state: 'paused', progress: { stuck: 3 } }), false],
  ['Stopped, needs you', sync({ state: 'halted' }), false],
] as const)('"%s" is what a sync is called', (label, given, blocked) => {
  expect(words.syncStatus(given, blocked).label).toBe(label);
});

test('progress is unknown before the first look, whole when all is the same or can not be, and never more', () => {
  const empty = { total: 0, settled: 0 };
  expect(words.doneShare(sync({ state: 'initial', progress: empty }))).toBeNull();
  expect(words.doneShare(sync({ progress: empty }))).toBe(1);
  expect(words.doneShare(sync({ progress: { settled: 4, unsyncable: 1, pending: 5 } }))).toBe(0.5);
  expect(words.doneShare(sync({ progress: { settled: 9, unsyncable: 1 } }))).toBe(1);
  expect(words.progressWords(sync({ progress: { total: 1_200, settled: 1_100 } }))).toBe(
    '1,100 of 1,200 the same',
  );
  expect(words.progressWords(sync({ state: 'halted' }))).toBe('10 items');
});

test('every code of the catalogue has its sentence; an unknown one stands for itself', () => {
  for (const [code, { help }] of Object.entries(ERRORS)) expect(words.reason(code)).toBe(help);
  expect(words.reason('brand_new')).toBe('brand_new');
  expect(words.reason('toString')).toBe('toString');
});

test.each([
  [0, '0 bytes'],
  [1_023, '1023 bytes'],
  [1_024, '1 KB'],
  [1_536, '1.5 KB'],
  [150 * 1024 ** 2, '150 MB'],
  [2 * 1024 ** 3, '2 GB'],
])('%d bytes are %s', (value, told) => {
  expect(words.bytes(value)).toBe(told);
});

test.each([
  [0, 'just now'],
  [-9_000, 'just now'],
  [4_000, 'in a moment'],
  [-30_000, 'just now'],
  [30_000, 'in 30 seconds'],
  [90_000, 'in 1 minute'],
  [-2 * 3_600_000, '2 hours ago'],
  [-86_400_000, 'yesterday'],
])('%d ms from now is "%s"', (offset, told) => {
  expect(words.relative(NOW + offset, NOW)).toBe(told);
});

test('an item says what comes next', () => {
  const item = (more: Partial<Item>): Item => ({
    id: 'i',
    path: '/a',
    object: 'file',
    state: 'retrying',
    attempts: 1,
    conflictCopy: false,
    ...more,
  });
  expect(words.nextTry(item({ nextAttemptAt: '2026-11-23T12:05:00.000Z' }), NOW)).toBe(
    'Next try in 5 minutes',
  );
  expect(words.nextTry(item({ nextAttemptAt: '2026-11-23T11:59:59.000Z' }), NOW)).toBe('Next try any moment');
  expect(words.nextTry(item({ state: 'stuck' }), NOW)).toBe('Not tried again by itself');
  expect(words.nextTry(item({ state: 'unsyncable' }), NOW)).toBe('Tried again when the file changes');
  expect(words.nextTry(item({ state: 'pending' }), NOW)).toBeNull();
});

test('durations and counts are told as people say them', () => {
  expect([20, 100, 600, 7_300].map(words.duration)).toEqual([
    'about a minute',
    'about 2 minutes',
    'about 10 minutes',
    'about 2 hours',
  ]);
  expect([words.counted(1, 'item'), words.counted(2_000, 'item')]).toEqual(['1 item', '2,000 items']);
  expect(words.splitPath('/a/b/c.txt')).toEqual({ folder: '/a/b/', name: 'c.txt' });
});

import { errorEntry, isErrorCode } from '../../src/domain/errors';
import type { HistoryEntry, Item, Sync } from './json';

/** How the page puts things. All of it is pure: a time is always told against a given now. */

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';

const SIDE_NAMES: Readonly<Record<string, string>> = { dropbox: 'Dropbox', assembly: 'Assembly' };
export const sideName = (side: string): string => SIDE_NAMES[side] ?? side;

/** The catalogue's sentence; a code that this page is too old to know stands for itself. */
export const reason = (code: string): string => (isErrorCode(code) ? errorEntry(code).help : code);

/**
 * What a sync is doing, in a word or two, and how loud to say it. `blocked`: a side can't be used now, so that what is
 * owed waits.
 */
export function syncStatus(sync: Sync, blocked: boolean): { readonly label: string; readonly tone: Tone } {
  const { state, resyncing, progress } = sync;
  const waits = sync.error !== undefined || blocked;
  switch (state) {
    case 'paused':
      return { label: 'Paused', tone: 'quiet' };
    case 'removed':
      return { label: 'Removed', tone: 'quiet' };
    case 'halted':
      return { label: 'Stopped, needs you', tone: 'bad' };
    case 'initial':
      return waits ? { label: 'First sync, waiting', tone: 'warn' } : { label: 'First sync', tone: 'busy' };
    case 'active':
      if (sync.error !== undefined) return { label: 'Waiting', tone: 'warn' };
      if (progress.stuck > 0) return { label: `${count(progress.stuck)} stuck`, tone: 'bad' };
      if (resyncing) return { label: 'Checking everything', tone: 'busy' };
      if (blocked && progress.pending + progress.retrying > 0) return { label: 'Waiting', tone: 'warn' };
      if (progress.retrying > 0) return { label: 'Retrying', tone: 'warn' };
      if (progress.pending > 0) return { label: 'Syncing', tone: 'busy' };
      return { label: 'Up to date', tone: 'good' };
  }
}

/** From 0 to 1; null while nobody knows yet how much there is. */
export function doneShare({ state, progress }: Sync): number | null {
  if (progress.total === 0) return state === 'initial' ? null : 1;
  return (progress.settled + progress.unsyncable) / progress.total;
}

/** `128 of 130 the same` */
export function progressWords({ state, progress: { settled, total } }: Sync): string {
  if (total === 0) return 'Nothing yet';
  // Nothing is planned while it is halted, so how much differs is not known.
  return state === 'halted' ? counted(total, 'item') : `${count(settled)} of ${count(total)} the same`;
}

const VERBS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  file: { create: 'Copy to', update: 'Replace in', move: 'Move in', delete: 'Delete from' },
  folder: { create: 'Create in', update: 'Change in', move: 'Move in', delete: 'Delete from' },
};

const PAST: Readonly<Record<string, string>> = {
  create: 'Copied to',
  update: 'Replaced in',
  move: 'Moved in',
  delete: 'Deleted from',
};

/** `Copied to Dropbox`; of one that did not work, what was tried. */
export const historyWords = ({ operation, target, outcome }: HistoryEntry): string =>
  outcome === 'done'
    ? `${PAST[operation] ?? operation} ${sideName(target)}`
    : operationWords(operation, target, 'file');

/** `Copy to Dropbox` */
export const operationWords = (operation: string, target: string, object: string): string =>
  `${VERBS[object]?.[operation] ?? operation} ${sideName(target)}`;

const OUTCOMES: Readonly<Record<string, { label: string; tone: Tone }>> = {
  done: { label: 'Done', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  unsyncable: { label: 'Not possible', tone: 'warn' },
};
export const outcomeWords = ({ outcome }: HistoryEntry): { label: string; tone: Tone } =>
  OUTCOMES[outcome] ?? { label: outcome, tone: 'quiet' };

const ORIGINS: Readonly<Record<string, string>> = {
  webhook: 'a change',
  sweep: 'the daily check',
  resync: 'a check of everything',
  initial: 'the first sync',
  operator: 'a person',
};
export const originWords = (origin: string): string => ORIGINS[origin] ?? origin;

/** `2 failed tries`; the try that is under way is counted too, and has not failed. */
export function triesWords({ attempts, error }: Item): string | null {
  if (attempts === 0) return null;
  return error === undefined ? 'under way' : counted(attempts, 'failed try', 'failed tries');
}

/** Why an item is not done, in one sentence; null for one that simply waits its turn. */
export const itemReason = ({ error }: Item): string | null =>
  error === undefined ? null : reason(error.code);

/** What comes next for an item, against `now`. */
export function nextTry(item: Item, now: number): string | null {
  if (item.state === 'stuck') return 'Not tried again by itself';
  if (item.state === 'unsyncable') return 'Tried again when the file changes';
  if (item.nextAttemptAt === undefined) return null;
  const at = Date.parse(item.nextAttemptAt);
  return at <= now ? 'Next try any moment' : `Next try ${relative(at, now)}`;
}

const plain = new Intl.NumberFormat('en');
export const count = (value: number): string => plain.format(value);

/** `1 file`, `2 files` */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** In steps of 1,024, as Dropbox shows sizes. */
export function bytes(value: number): string {
  const step = Math.min(UNITS.length - 1, value < 1 ? 0 : Math.floor(Math.log2(value) / 10));
  const scaled = value / 1024 ** step;
  return `${step === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1).replace(/\.0$/, '')} ${UNITS[step]}`;
}

const SPANS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;
const ahead = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `in 4 minutes`, `2 hours ago`, `just now` */
export function relative(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1_000);
  for (const [unit, length] of SPANS) {
    if (Math.abs(seconds) >= length) return ahead.format(Math.trunc(seconds / length), unit);
  }
  if (seconds >= 10) return ahead.format(seconds, 'second');
  return seconds > 0 ? 'in a moment' : 'just now';
}

/** `about 5 minutes`; never less than one. */
export function duration(seconds: number): string {
  if (seconds < 90) return 'about a minute';
  if (seconds < 5_400) return `about ${counted(Math.round(seconds / 60), 'minute')}`;
  return `about ${counted(Math.round(seconds / 3_600), 'hour')}`;
}

/** The last part of a path, and what is before it with its slash. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const cut = path.lastIndexOf('/') + 1;
  return { folder: path.slice(0, cut), name: path.slice(cut) };
}

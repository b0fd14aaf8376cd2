import { randomBytes } from 'node:crypto';
import type { Account } from './model/account';
import type { Blobs } from './model/blobs';
import { openBlobs } from './model/blobs';
import { createLocks, type Locks } from './model/locks';
import { type Log, openLog } from './model/log';
import { createSessions, type Sessions } from './model/sessions';
import type { Change } from './model/types';
import type { World } from './model/world';
import { DEFAULT_SWITCHES, type DropboxSwitches } from './switches';

/** What every handler works with. */
export interface Service {
  readonly world: World;
  readonly blobs: Blobs;
  readonly sessions: Sessions;
  readonly locks: Locks;
  readonly switches: () => DropboxSwitches;
  setSwitches(changed: Partial<DropboxSwitches>): void;
  readonly now: () => Date;
  /** Moves the sandbox clock by so many milliseconds from the one it was given. */
  setClockOffset(milliseconds: number): void;
  readonly clockOffset: () => number;
  /** Called after the clock was moved; returns the way to stop it. */
  onClock(listener: () => void): () => void;
  /** Stores the changes durably, applies them, then tells whoever waits for these accounts. */
  commit(changes: readonly Change[]): void;
  /** Called after every change to an account; returns the way to stop it. */
  onChange(listener: (account: Account) => void): () => void;
  readonly jobs: Map<string, Job>;
  readonly links: Map<string, TemporaryLink>;
  /** Listings in flight, to notice identical ones. */
  readonly listings: Set<string>;
  /** Set through control: the authorize page answers by itself. */
  autoAuthorize: 'allow' | 'deny' | null;
  close(): void;
}

/** An asynchronous batch: done already, but told so only after it was polled. */
export interface Job {
  readonly account: string;
  readonly route: string;
  readonly result: Record<string, unknown>;
  polls: number;
}

export interface TemporaryLink {
  readonly hash: string;
  readonly size: number;
  readonly name: string;
  readonly expiresAt: number;
}

export interface ServiceOptions {
  readonly dataDir: string;
  readonly now: () => Date;
  readonly switches: Partial<DropboxSwitches>;
}

/** Opens the state in a folder. Going on with an old folder gives back every acknowledged write. */
export async function openService(options: ServiceOptions): Promise<Service> {
  let offset = 0;
  let switches: DropboxSwitches = { ...DEFAULT_SWITCHES, ...options.switches };
  const now = (): Date => new Date(options.now().getTime() + offset);
  const millis = (): number => now().getTime();
  const log: Log = await openLog(options.dataDir, millis, randomBytes(32).toString('hex'));
  const clockListeners = new Set<() => void>();
  const listeners = new Set<(account: Account) => void>();
  const commit = (changes: readonly Change[]): void => {
    log.commit(changes);
    for (const account of touched(log.world, changes)) for (const listener of listeners) listener(account);
  };
  const blobs = openBlobs(options.dataDir);
  return {
    world: log.world,
    blobs,
    sessions: createSessions(log, blobs, millis),
    locks: createLocks(() => switches),
    switches: () => switches,
    setSwitches: (changed) => {
      switches = { ...switches, ...changed };
    },
    now,
    setClockOffset: (milliseconds) => {
      offset = milliseconds;
      for (const listener of [...clockListeners]) listener();
    },
    clockOffset: () => offset,
    onClock(listener) {
      clockListeners.add(listener);
      return () => clockListeners.delete(listener);
    },
    commit,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    jobs: new Map(),
    links: new Map(),
    listings: new Set(),
    autoAuthorize: null,
    close: log.close,
  };
}

const SEEN_IN_FEED = new Set<Change['t']>(['mkdir', 'put', 'remove', 'move', 'flags', 'feed', 'feedReset']);

function touched(world: World, changes: readonly Change[]): Set<Account> {
  const accounts = new Set<Account>();
  for (const change of changes) {
    if (!SEEN_IN_FEED.has(change.t) || !('account' in change) || typeof change.account !== 'string') continue;
    const account = world.accounts.get(change.account);
    if (account) accounts.add(account);
  }
  return accounts;
}

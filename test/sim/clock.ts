import { createStore, type Store } from '../../src/store/client';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Time that moves only when somebody moves it. */
export interface Clock {
  now(): number;
  date(): Date;
  after(ms: number, fire: () => void): () => void;
  sleep(ms: number): Promise<void>;
  /** When the next timer is due; `null` where there is none. */
  nextAt(): number | null;
  /** Moves on to the next timer and fires it. */
  fireNext(): void;
  /** Postgres has not been told of the time it is. */
  readonly stale: boolean;
  tellPostgres(store: Store): Promise<void>;
}

export const START = Date.parse('2026-11-23T12:00:00Z');

export function createClock(): Clock {
  let now = START;
  let order = 0;
  let stale = true;
  let timers: Timer[] = [];
  const first = () =>
    timers.reduce<Timer | null>(
      (best, one) =>
        best === null || one.at < best.at || (one.at === best.at && one.order < best.order) ? one : best,
      null,
    );
  const clock: Clock = {
    now: () => now,
    date: () => new Date(now),
    after(ms, fire) {
      order += 1;
      const timer = { at: now + Math.ceil(ms), order, fire };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    sleep: (ms) => new Promise((resolve) => clock.after(ms, resolve)),
    nextAt: () => first()?.at ?? null,
    fireNext() {
      const timer = first();
      if (!timer) return;
      timers = timers.filter((one) => one !== timer);
      if (timer.at > now) {
        now = timer.at;
        stale = true;
      }
      timer.fire();
    },
    get stale() {
      return stale;
    },
    async tellPostgres(store) {
      stale = false;
      await store.prisma.$executeRaw`
        SELECT set_config('simclock.at', ${new Date(now).toISOString()}, false),
               set_config('simclock.set_at', clock_timestamp()::text, false)`;
    },
  };
  return clock;
}

/**
 * Makes `now()` of a test's own database follow the clock: statements find the function of that name here before the
 * server's own. Within one instant of the clock time passes a thousand times slower than it really does: what comes
 * later is later, and nothing is due sooner on a busy machine. The time is the connection's, so the store must have
 * just one. To be called before the database's first use: a connection keeps the search path it began with.
 */
export async function installClock(databaseUrl: string): Promise<void> {
  const store = createStore(databaseUrl, { poolSize: 1 });
  const name = new URL(databaseUrl).pathname.slice(1);
  try {
    for (const sql of [
      'CREATE SCHEMA simclock',
      `CREATE FUNCTION simclock.now() RETURNS timestamptz LANGUAGE sql STABLE
         RETURN current_setting('simclock.at')::timestamptz
           + (pg_catalog.now() - current_setting('simclock.set_at')::timestamptz) / 1000`,
      `DO $$ DECLARE c record; BEGIN
         FOR c IN SELECT table_name, column_name FROM information_schema.columns
           WHERE table_schema = 'public' AND column_default = 'now()' LOOP
           EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT simclock.now()', c.table_name, c.column_name);
         END LOOP; END $$`,
      `ALTER DATABASE ${name} SET simclock.at = '${new Date(START).toISOString()}'`,
      `ALTER DATABASE ${name} SET simclock.set_at = '${new Date().toISOString()}'`,
      // A history's tables are small, and its statements few and often sent: planning them anew took longer than they did.
      `ALTER DATABASE ${name} SET plan_cache_mode = force_generic_plan`,
      `ALTER DATABASE ${name} SET jit = off`,
      `ALTER DATABASE ${name} SET search_path = simclock, public, pg_catalog`,
    ]) {
      await store.prisma.$executeRawUnsafe(sql);
    }
  } finally {
    await store.close();
  }
}

import { z } from 'zod';
import { CairnError } from '../../domain/errors';
import { pendingMigrations } from '../../store/migrate';
import { within } from '../bounded';
import type { RouteDeps } from '../deps';
import { publicRoute, type Route } from '../route';

const CHECK_TIMEOUT_MS = 2_000;

const Ready = z.object({ status: z.literal('ready') });

export const getReadyz = (deps: RouteDeps): Route => {
  const migrated = onceEmpty(() =>
    deps.config.databaseUrl === undefined ? Promise.resolve([]) : pendingMigrations(deps.config.databaseUrl),
  );
  return publicRoute({
    method: 'get',
    path: '/readyz',
    summary: 'Whether the process can take requests: Postgres and Temporal answer, migrations are applied.',
    answers: { 200: { description: 'It can.', schema: Ready } },
    errors: ['unavailable'],
    async handle() {
      if (deps.readiness?.draining === true)
        throw new CairnError('unavailable', 'The process is about to end.');
      const [database, temporal] = await Promise.all([
        answers(deps.store.prisma.$queryRaw`SELECT 1`),
        answers(deps.temporal.ready(CHECK_TIMEOUT_MS)),
      ]);
      const missing = [
        ...(database ? [] : ['Postgres does not answer.']),
        ...(temporal ? [] : ['Temporal does not answer.']),
        ...(database && !(await answers(migrated())) ? ['Migrations are missing: run `cairn migrate`.'] : []),
      ];
      if (missing.length > 0) throw new CairnError('unavailable', missing.join(' '));
      return { status: 200, body: { status: 'ready' } };
    },
  });
};

const answers = async (check: PromiseLike<unknown>): Promise<boolean> => {
  try {
    await within(CHECK_TIMEOUT_MS, Promise.resolve(check));
    return true;
  } catch {
    return false;
  }
};

/** Migrations don't come undone, so the look that finds none missing is the last one. */
const onceEmpty = (pending: () => Promise<readonly string[]>): (() => Promise<void>) => {
  let done = false;
  return async () => {
    if (done) return;
    if ((await pending()).length > 0) throw new Error('migrations are missing');
    done = true;
  };
};

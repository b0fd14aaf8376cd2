import type { SyncJson } from '../api/schemas';
import { withProgress } from '../api/views';
import { listPortals } from '../store/operatorLookups';
import { listSyncs } from '../store/syncs';
import type { Services } from './services';

const PAGE = 100;

/** Every live sync with its progress, portal by portal; a page at a time is in memory. */
export async function* allSyncs(services: Services, portal?: string): AsyncGenerator<SyncJson> {
  for await (const portalId of portals(services, portal)) {
    let after: string | undefined;
    for (;;) {
      const page = await listSyncs(services.store(), portalId, {
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      yield* await withProgress(services.store(), portalId, page, services.config.maxAttempts);
      after = page.at(-1)?.id;
      if (after === undefined) break;
    }
  }
}

async function* portals(services: Services, portal?: string): AsyncGenerator<string> {
  if (portal !== undefined) {
    yield portal;
    return;
  }
  let after = '';
  for (;;) {
    const page = await listPortals(services.store(), { after, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

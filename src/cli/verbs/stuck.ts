import type { Command } from 'commander';
import { itemJson, retryRules } from '../../api/views';
import { listItems } from '../../store/itemViews';
import { EXIT } from '../exitCodes';
import { json, table } from '../io';
import { allSyncs } from '../portalSyncs';
import { createVerb, JSON_OPTION, PORTAL_OPTION, type ReadOptions, type VerbContext } from '../verb';

/** More than a person reads; `--portal` narrows it. */
const MOST = 1_000;

export const stuckVerb = (context: VerbContext): Command =>
  createVerb('stuck', 'Lists items that gave up. Exit 1 where there are some.', [
    'stuck',
    'stuck --portal ws_1 --json',
  ])
    .option(...PORTAL_OPTION)
    .option(...JSON_OPTION)
    .action(async (options: ReadOptions) => {
      const services = context.services();
      const rules = retryRules(services.config);
      const items: (ReturnType<typeof itemJson> & { portalId: string; syncId: string })[] = [];
      for await (const { id: syncId, portalId, progress } of allSyncs(services, options.portal)) {
        if (progress.stuck === 0 || items.length >= MOST) continue;
        const limit = MOST - items.length;
        const found = await listItems(
          services.store(),
          { portalId, syncId },
          { state: 'stuck', limit },
          rules,
        );
        items.push(...found.map((item) => ({ ...itemJson(portalId, item), portalId, syncId })));
      }
      context.finish(items.length === 0 ? EXIT.done : EXIT.differs);
      if (options.json) return context.io.out(json({ items }));
      if (items.length === 0) return context.io.say('Nothing is stuck.');
      const rows = items.map((item) => [
        item.id,
        item.portalId,
        `${item.operation ?? ''} on ${item.target ?? ''}`,
        item.error?.code ?? '',
        item.path,
      ]);
      context.io.out(table(['ITEM', 'PORTAL', 'OWED', 'ERROR', 'PATH'], rows));
      context.io.say('Try one again with: cairn retry <item>; all of a sync with: cairn resync <sync>');
    });

import type { Side } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import { selvesOf } from './oldSelves';

/** The table of what was seen on a side. */
export const SEEN = {
  dropbox: Prisma.raw('dbx_seen'),
  assembly: Prisma.raw('assembly_seen'),
} satisfies Record<Side, Prisma.Sql>;

/** Item `item` was seen in folder `folder` or in an old self of it; both are names of uuid columns. */
const isIn = (seen: Prisma.Sql, folder: Prisma.Sql, item: Prisma.Sql) => Prisma.sql`EXISTS (
  SELECT FROM ${seen} a JOIN ${seen} b ON b.channel_sync_id = a.channel_sync_id
    AND b.path_key ~>=~ (a.path_key || '/') AND b.path_key ~<~ (a.path_key || '0')
  WHERE a.item_id IN (${selvesOf(folder)}) AND b.item_id = ${item})`;

/** On either side. */
export const isInOnEither = (folder: Prisma.Sql, item: Prisma.Sql) =>
  Prisma.sql`(${isIn(SEEN.assembly, folder, item)} OR ${isIn(SEEN.dropbox, folder, item)})`;

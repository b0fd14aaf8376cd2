import { Prisma } from '../generated/prisma/client';

/**
 * A folder that was rebuilt elsewhere on Assembly leaves its old self there, until all that is in it has followed. An old
 * self has no place of its own: it lives where the folder lives now, however often that has moved on. Where the folder is
 * gone, what is left of it is a folder like any other, where it is.
 */
type Alias = 'i' | 'f' | 'o';

const column = (item: Alias, name: string) => Prisma.raw(`${item}.${name}`);

const livingSelf = (item: Alias) => Prisma.sql`FROM file_folder_sync self
  WHERE self.id = ${column(item, 'old_self_of')} AND self.deleted_at IS NULL`;

export const isOldSelf = (item: Alias) => Prisma.sql`EXISTS (SELECT ${livingSelf(item)})`;

/** The item itself, or the folder whose old self it is. */
export const selfOf = (item: Alias) =>
  Prisma.sql`coalesce((SELECT self.id ${livingSelf(item)}), ${column(item, 'id')})::text`;

/** Where an item is to live, as its last plan said. */
export const placeOf = (item: Alias) => Prisma.sql`CASE WHEN ${column(item, 'old_self_of')} IS NULL
  THEN ${column(item, 'item_path')} ELSE coalesce((SELECT self.item_path ${livingSelf(item)}),
    ${column(item, 'assembly_path')}, ${column(item, 'item_path')}) END`;

/** The folder itself and its old selves: all that may hold what is to live in it. */
export const selvesOf = (folder: Prisma.Sql) => Prisma.sql`
  SELECT ${folder} UNION ALL
  SELECT old.id FROM file_folder_sync old WHERE old.old_self_of = ${folder} AND old.deleted_at IS NULL`;

import type { Row } from '../row';
import { ASSEMBLY_ROWS } from './assembly';
import { CONFLICT_ROWS } from './conflicts';
import { CONTENT_ROWS } from './content';
import { DROPBOX_ROWS } from './dropbox';
import { FOLDER_ROWS } from './folders';
import { MASS_DELETE_ROWS } from './massDelete';
import { NAME_ROWS } from './names';
import { ROOT_ROWS } from './roots';
import { UNSYNCED_ROWS } from './unsynced';

/** Every table, by the heading of its section in docs/semantics.md. */
export const TABLES: Readonly<Record<string, readonly Row[]>> = {
  'What happens in Dropbox': DROPBOX_ROWS,
  'What happens in Assembly': ASSEMBLY_ROWS,
  Folders: FOLDER_ROWS,
  Names: NAME_ROWS,
  'Folders that hold what can’t be synced': UNSYNCED_ROWS,
  'Both sides at once': CONFLICT_ROWS,
  'The folder and the channel themselves': ROOT_ROWS,
  'Very many deletes': MASS_DELETE_ROWS,
  Content: CONTENT_ROWS,
};

export const ALL_ROWS: readonly Row[] = Object.values(TABLES).flat();

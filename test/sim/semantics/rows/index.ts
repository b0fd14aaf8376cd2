import type { Row } from '../row';
import { ASSEMBLY_ROWS } from './assembly';
import { DROPBOX_ROWS } from './dropbox';
import { FOLDER_ROWS } from './folders';
import { NAME_ROWS } from './names';

/** Every table, by the heading of its section in docs/semantics.md. */
export const TABLES: Readonly<Record<string, readonly Row[]>> = {
  'What happens in Dropbox': DROPBOX_ROWS,
  'What happens in Assembly': ASSEMBLY_ROWS,
  Folders: FOLDER_ROWS,
  Names: NAME_ROWS,
};

export const ALL_ROWS: readonly Row[] = Object.values(TABLES).flat();

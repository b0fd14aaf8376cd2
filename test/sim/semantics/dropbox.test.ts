import { DROPBOX_ROWS } from './rows/dropbox';
import { runTable } from './run';

runTable(DROPBOX_ROWS);

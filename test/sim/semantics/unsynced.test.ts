import { UNSYNCED_ROWS } from './rows/unsynced';
import { runTable } from './run';

runTable(UNSYNCED_ROWS);

import { CONFLICT_ROWS } from './rows/conflicts';
import { runTable } from './run';

runTable(CONFLICT_ROWS);

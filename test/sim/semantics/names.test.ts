import { NAME_ROWS } from './rows/names';
import { runTable } from './run';

runTable(NAME_ROWS);

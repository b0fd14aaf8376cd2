import { ROOT_ROWS } from './rows/roots';
import { runTable } from './run';

runTable(ROOT_ROWS);

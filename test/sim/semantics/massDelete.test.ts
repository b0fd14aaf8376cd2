import { MASS_DELETE_ROWS } from './rows/massDelete';
import { runTable } from './run';

runTable(MASS_DELETE_ROWS);

import { ASSEMBLY_ROWS } from './rows/assembly';
import { runTable } from './run';

runTable(ASSEMBLY_ROWS);

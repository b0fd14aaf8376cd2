import { FOLDER_ROWS } from './rows/folders';
import { runTable } from './run';

runTable(FOLDER_ROWS);

import { CONTENT_ROWS } from './rows/content';
import { runTable } from './run';

runTable(CONTENT_ROWS);

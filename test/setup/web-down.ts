import { releasePostgres } from './postgres';

/** A file of its own: what several projects name as their teardown is run once, and this set-up has joined by itself. */
export default releasePostgres;

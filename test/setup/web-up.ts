import { ensureTemporal } from '../../src/local/temporal';
import { provideBrowser } from './browser';
import { acquirePostgres } from './postgres';

/** A browser, Postgres, and the Temporal binary, which each system of these tests starts for itself. */
export default async function webUp(): Promise<void> {
  await provideBrowser();
  await ensureTemporal();
  await acquirePostgres();
}

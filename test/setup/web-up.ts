import { ensureTemporal } from '../../src/local/temporal';
import { ensureChromium } from './chromium';
import { acquirePostgres } from './postgres';

/** A browser, Postgres, and the Temporal binary, which each system of these tests starts for itself. */
export default async function webUp(): Promise<void> {
  process.env.CHROMIUM_PATH = await ensureChromium();
  await ensureTemporal();
  await acquirePostgres();
}

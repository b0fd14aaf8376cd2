import { ensureTemporal } from '../../src/local/temporal';
import { ensureChromium } from './chromium';
import { acquirePostgres } from './postgres';

/**
 * A browser, Postgres, and the Temporal binary, which each system of these tests starts for itself. Without a browser
 * only the tests that need one fail, with the reason: a set-up that fails takes every other project down with it.
 */
export default async function webUp(): Promise<void> {
  try {
    process.env.CHROMIUM_PATH = await ensureChromium();
  } catch (error) {
    process.env.CHROMIUM_PROBLEM = error instanceof Error ? error.message : String(error);
  }
  await ensureTemporal();
  await acquirePostgres();
}

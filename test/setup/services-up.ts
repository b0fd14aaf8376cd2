import { ensureTemporal, startTemporal } from '../../src/local/temporal';
import { provideBrowser } from './browser';
import bundle from './bundle';
import { acquirePostgres, releasePostgres } from './postgres';
import { holder } from './services';

/**
 * Postgres, a Temporal server (TEMPORAL_ADDRESS names one to use instead of starting one), the workflow bundle, and a
 * browser.
 */
export default async function servicesUp(): Promise<void> {
  await provideBrowser();
  await bundle();
  await acquirePostgres();
  if (process.env.TEMPORAL_ADDRESS) return;
  try {
    const { path } = await ensureTemporal();
    const temporal = await startTemporal({ binary: path, dataDir: null, headless: true });
    holder.cairnTestTemporal = temporal;
    process.env.TEMPORAL_ADDRESS = temporal.address;
    process.env.TEMPORAL_NAMESPACE = temporal.namespace;
  } catch (error) {
    await releasePostgres();
    throw error;
  }
}

import { ensureChromium } from './chromium';

/**
 * A browser for the tests that need one. Without it only they fail, with the reason: a set-up that fails takes every
 * other project down with it.
 */
export async function provideBrowser(): Promise<void> {
  try {
    process.env.CHROMIUM_PATH = await ensureChromium();
  } catch (error) {
    process.env.CHROMIUM_PROBLEM = error instanceof Error ? error.message : String(error);
  }
}

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { source as AXE } from 'axe-core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** Pictures of the last run, for whoever wants to look; not in git. */
const SCREENSHOTS = join(__dirname, '..', '..', 'build', 'screenshots');

export interface TestBrowser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** A Chromium with a profile of its own, that talks to nobody by itself. Rejects with what the set-up found wrong. */
export async function openBrowser(): Promise<TestBrowser> {
  if (process.env.CHROMIUM_PROBLEM !== undefined) throw new Error(process.env.CHROMIUM_PROBLEM);
  const profile = mkdtempSync(join(tmpdir(), 'cairn-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    headless: true,
    viewport: { width: 1_180, height: 800 },
    reducedMotion: 'reduce',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Sites elsewhere may not lead to this machine, where these tests serve what is really on the internet.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  });
  context.setDefaultTimeout(30_000);
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
  }[];
}

/** The looks that a page must be right in. A phone's narrowest is 320 CSS pixels; colours don't depend on the width. */
const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1_180 },
  { name: 'phone-dark', colorScheme: 'dark', width: 320 },
] as const;

/**
 * Everything that is wrong with what the page shows now, in every look: what axe finds, and what is wider than the
 * screen. Takes a picture of each.
 */
export async function faultsOf(page: Page, name: string): Promise<string[]> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const usual = page.viewportSize() ?? { width: 1_180, height: 800 };
  const faults: string[] = [];
  for (const look of LOOKS) {
    await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width: look.width, height: usual.height });
    faults.push(...(await axe(page)).map((fault) => `${name}, ${look.name}: ${fault}`));
    const wide = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    if (wide !== 0) faults.push(`${name}, ${look.name}: ${wide} pixels wider than the screen`);
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${look.name}.png`) });
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize(usual);
  return faults;
}

async function axe(page: Page): Promise<string[]> {
  // Through the debugger, which the page's policy doesn't hold back.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE);
  const { violations } = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] })',
  )) as AxeResult;
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) => `${id} (${help}) at ${target.join(' ')}: ${failureSummary ?? ''}`,
    ),
  );
}

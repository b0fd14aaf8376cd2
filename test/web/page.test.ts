import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { loadWebPage } from '../../src/api/webPage';
import { startTwoSides, type TwoSides } from '../../src/local/twoSides';
import { faultsOf, openBrowser, type TestBrowser } from '../support/browser';
import { control } from '../support/people';
import { type System, staffToken, startSystem, waitFor } from '../support/system';
import { startBrittleProxy } from './support/brittleProxy';

/**
 * The page as a person meets it: a real browser, real processes, both simulators. The tests are one walk and build on
 * each other; where a person reads something, it is looked for by its words.
 */

const SITE = join(__dirname, '..', '..', 'dist', 'web', 'sandbox');

let system: System;
let browser: TestBrowser;
let twoSides: TwoSides;
/** Cairn's page, and the page of both sides. */
let page: Page;
let sides: Page;

beforeAll(async () => {
  system = await startSystem({
    env: {
      CAIRN_MAX_ATTEMPTS: '2',
      CAIRN_BACKOFF_SECONDS: '0.2',
      CAIRN_RETRY_MAX_SECONDS: '1',
      CAIRN_MASS_DELETE_MIN: '5',
      TEMPORAL_UI_URL: 'https://temporal.example.com',
    },
  });
  twoSides = await startTwoSides({
    page: loadWebPage(SITE),
    dropboxControl: system.dropboxSandbox.controlUrl,
    assemblyControl: system.assemblySandbox.controlUrl,
  });
  await system.dropbox.put('/Contracts/lease.txt', 'a lease');
  await system.dropbox.put('/notes.txt', 'notes');
  await system.assembly.put('/welcome.txt', 'welcome');
  for (let index = 1; index <= 9; index++) {
    await system.dropbox.put(`/Archive/year ${2010 + index}.txt`, `${index}`);
  }
  browser = await openBrowser();
  page = await browser.context.newPage();
  sides = await browser.context.newPage();
});

afterAll(async () => {
  await browser?.close();
  await twoSides?.close();
  await system?.stop();
});

const button = (name: string | RegExp, within: Page | Locator = page) =>
  within.getByRole('button', { name, exact: true });
const text = (words: string | RegExp, within: Page | Locator = page) => within.getByText(words).first();
const tree = (side: 'Dropbox' | 'Assembly') => sides.getByRole('navigation', { name: `Files in ${side}` });
const toolsOf = (side: 'Dropbox' | 'Assembly') => sides.getByRole('region', { name: side });

/** What a test has to show besides its own: that nothing of what it showed is out of reach for anyone. */
async function expectFine(shown: Page, name: string): Promise<void> {
  expect(await faultsOf(shown, name)).toEqual([]);
}

async function connectDropbox(label: string): Promise<void> {
  const opened = browser.context.waitForEvent('page');
  await button(label).click();
  const dropbox = await opened;
  const closed = dropbox.waitForEvent('close');
  await dropbox.getByRole('link', { name: 'Allow' }).click();
  await closed;
  await text('Connected').waitFor();
}

test('a new user connects, maps, watches both sides become the same, and sees a file follow', async () => {
  await page.goto(`${system.apiUrl}/?token=${staffToken(system.portalId)}`);
  await button('Connect Dropbox').waitFor();
  expect(page.url()).toBe(`${system.apiUrl}/`);
  await expectFine(page, 'not-connected');
  await connectDropbox('Connect Dropbox');
  await text('person@example.com').waitFor();
  await expectFine(page, 'connected');

  await button('Set up the first sync').click();
  const dialog = page.getByRole('dialog', { name: 'Set up a sync' });
  await dialog.getByRole('radio', { name: /Ada Client/ }).check();
  await expectFine(page, 'map-channel');
  await button('Continue', dialog).click();
  await dialog.getByRole('searchbox').fill('clie');
  await dialog.getByRole('radio', { name: /Clients/ }).check();
  await expectFine(page, 'map-folder');
  await button('Continue', dialog).click();
  await text('11 files in 2 folders', dialog).waitFor();
  await text('1 file in 0 folders', dialog).waitFor();
  await expectFine(page, 'map-count');
  await button('Start syncing', dialog).click();
  await dialog.waitFor({ state: 'detached' });
  await text('Up to date').waitFor();
  await text('14 of 14 the same').waitFor();
  await expectFine(page, 'syncs');

  await sides.goto(twoSides.url);
  await text('Both sides are the same', sides).waitFor();
  await button('New file', toolsOf('Dropbox')).click();
  await sides.getByLabel('Name').fill('hello.txt');
  await sides.getByLabel('Content').fill('hello from dropbox');
  await expectFine(sides, 'sides-dialog');
  await button('Add the file', sides).click();
  await tree('Assembly').getByRole('button', { name: 'hello.txt' }).waitFor();
  await text('Both sides are the same', sides).waitFor();
  expect((await system.assembly.read('/hello.txt')).toString()).toBe('hello from dropbox');
  await expectFine(sides, 'sides');
});

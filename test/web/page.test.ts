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
/** What no page may do in the whole walk: throw, or try what its own policy forbids. */
const mishaps: string[] = [];

beforeAll(async () => {
  browser = await openBrowser();
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
  browser.context.on('weberror', (error) => mishaps.push(String(error.error())));
  page = await browser.context.newPage();
  sides = await browser.context.newPage();
  for (const one of [page, sides]) {
    one.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) mishaps.push(message.text());
    });
  }
});

// Chromium draws one frame a second where a tab is behind another, and a click waits for two.
beforeEach(() => page.bringToFront());

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

/** It moves a moment after what moves it is seen. */
const expectFocus = (words: string) =>
  waitFor(async () => {
    const focused = String(await page.evaluate('document.activeElement.textContent'));
    return focused === words ? true : `the focus is on ${focused.slice(0, 100)}`;
  }, 10_000);

const connectDropbox = (label: string): Promise<void> => connectBy(button(label));

/** As the person who allows the access in the window that opens. */
async function connectBy(opener: Locator): Promise<void> {
  const opened = browser.context.waitForEvent('page');
  await opener.click();
  const dropbox = await opened;
  const closed = dropbox.waitForEvent('close');
  await dropbox.getByRole('link', { name: 'Allow' }).click();
  await closed;
  await page.bringToFront();
  await text('Connected').waitFor();
}

/** A refusal as the API words it, for the next call of an address; later ones get through. */
async function refuseOnce(address: string): Promise<void> {
  const body = { code: 'unavailable', detail: 'The service can not take this now; try again shortly.' };
  await page.route(
    address,
    (route) =>
      route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(body) }),
    { times: 1 },
  );
}

test('a new user connects, maps, watches both sides become the same, and sees a file follow', async () => {
  await page.goto(`${system.apiUrl}/?token=${staffToken(system.portalId)}`);
  await button('Connect Dropbox').waitFor();
  expect(page.url()).toBe(`${system.apiUrl}/`);
  await expectFine(page, 'not-connected');
  const asked = browser.context.waitForEvent('page');
  await button('Connect Dropbox').click();
  const refused = await asked;
  await refused.getByRole('link', { name: 'Deny' }).click();
  await text('You did not allow the connection at Dropbox.', refused).waitFor();
  await expectFine(refused, 'denied');
  await refused.close();
  await page.bringToFront();
  await text('The window was closed before Dropbox was connected.').waitFor();
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
  // The files come in three groups, so that how far it is can be watched.
  const held = [400, 1_200, 2_000].map((delayMs) => ({
    route: 'files/download',
    action: 'delay',
    delayMs,
    times: 4,
  }));
  await control(`${system.dropboxSandbox.controlUrl}/faults`, 'POST', { rules: held });
  await button('Start syncing', dialog).click();
  await dialog.waitFor({ state: 'detached' });
  const progress = page.getByRole('progressbar', { name: 'Progress of /Clients' });
  const shares = new Set<number>();
  await waitFor(async () => {
    const value = await progress.getAttribute('value', { timeout: 1_000 }).catch(() => null);
    if (value !== null && Number(value) < 1) shares.add(Number(value));
    return shares.size >= 2 ? true : `the progress was at ${[...shares].join(', ')}`;
  }, 30_000);
  expect([...shares]).toEqual([...shares].sort((left, right) => left - right));
  await text('Up to date').waitFor();
  await text('14 of 14 the same').waitFor();
  await expectFine(page, 'syncs');

  await sides.goto(twoSides.url);
  await text('Both sides are the same', sides).waitFor();
  await button('New file', toolsOf('Dropbox')).click();
  await sides.getByLabel('Name', { exact: true }).fill('hello.txt');
  await sides.getByLabel('Content').fill('hello from dropbox');
  await expectFine(sides, 'sides-dialog');
  await button('Add the file', sides).click();
  await tree('Assembly').getByRole('button', { name: 'hello.txt' }).waitFor();
  await text('Both sides are the same', sides).waitFor();
  expect((await system.assembly.read('/hello.txt')).toString()).toBe('hello from dropbox');
  await expectFine(sides, 'sides');
});

test('a change made on the page of both sides is seen on the other: edit, rename, move, delete, upload', async () => {
  await sides.bringToFront();
  await tree('Assembly').getByRole('button', { name: 'hello.txt' }).click();
  await button('Edit', toolsOf('Assembly')).click();
  await sides.getByLabel('Content').fill('hello back');
  await button('Save', sides).click();
  await waitFor(async () => {
    const read = (await system.dropbox.read('/hello.txt')).toString();
    return read === 'hello back' ? true : read;
  }, 60_000);
  // Until the page has seen it, too, what is clicked may move under the pointer.
  await text('Both sides are the same', sides).waitFor();
  await tree('Dropbox').getByRole('button', { name: 'hello.txt' }).click();
  await button('Rename', toolsOf('Dropbox')).click();
  await sides.getByLabel('Name', { exact: true }).fill('greeting.txt');
  await button('Rename', sides.getByRole('dialog')).click();
  await tree('Assembly').getByRole('button', { name: 'greeting.txt' }).waitFor();
  await text('Both sides are the same', sides).waitFor();
  await tree('Dropbox').getByRole('button', { name: 'greeting.txt' }).click();
  await button('Move', toolsOf('Dropbox')).click();
  await sides.getByLabel('Into').selectOption('/Contracts');
  await button('Move', sides.getByRole('dialog')).click();
  await waitFor(async () => {
    const paths = (await system.assembly.tree()).map(({ path }) => path);
    return paths.includes('/Contracts/greeting.txt') && !paths.includes('/greeting.txt')
      ? true
      : paths.join();
  }, 60_000);
  await text('Both sides are the same', sides).waitFor();
  await tree('Dropbox').getByRole('button', { name: 'notes.txt' }).click();
  await button('Delete', toolsOf('Dropbox')).click();
  await button('Delete', sides.getByRole('dialog')).click();
  await tree('Assembly').getByRole('button', { name: 'notes.txt' }).waitFor({ state: 'detached' });
  await sides.getByLabel('Upload to Assembly').setInputFiles({
    name: 'photo.bin',
    mimeType: 'application/octet-stream',
    buffer: Buffer.alloc(4_096, 7),
  });
  await tree('Dropbox').getByRole('button', { name: 'photo.bin' }).waitFor();
  await text('Both sides are the same', sides).waitFor();
});

const WORKFLOW =
  /^https:\/\/temporal\.example\.com\/namespaces\/default\/workflows\/item%2Fws_1%2F[0-9a-f-]{36}$/;
const NO_PERMISSION = {
  error_summary: 'path/no_write_permission/..',
  error: { '.tag': 'path', reason: { '.tag': 'no_write_permission' } },
};

test('a stuck file is found with its reason, and retried once that is mended', async () => {
  const faults = `${system.dropboxSandbox.controlUrl}/faults`;
  await control(faults, 'POST', {
    rules: [{ route: 'files/upload', action: 'status', status: 409, body: NO_PERMISSION }],
  });
  await system.assembly.put('/report.txt', 'a report');
  await text('1 stuck').waitFor();
  await page.getByRole('link', { name: 'Ada Client' }).click();
  await page.getByRole('heading', { level: 1, name: 'Ada Client' }).waitFor();
  // As after a page load: what is read out first, and what the browser calls the tab.
  await expectFocus('Ada Client');
  expect(await page.title()).toBe('Ada Client - Assembly and Dropbox');
  const items = page.getByRole('tabpanel', { name: /Stuck/ });
  await text('report.txt', items).waitFor();
  await text('The remote side does not allow a change here; check the folder permissions.', items).waitFor();
  await text('Not tried again by itself', items).waitFor();
  const link = items.getByRole('link', { name: 'Workflow of report.txt' });
  expect(await link.getAttribute('href')).toMatch(WORKFLOW);
  await expectFine(page, 'stuck');
  await control(faults, 'DELETE');
  await button('Retry report.txt', items).click();
  await text('report.txt is tried again now').waitFor();
  await text('Nothing is stuck.').waitFor();
  await text('Up to date').waitFor();
  expect((await system.dropbox.read('/report.txt')).toString()).toBe('a report');
});

test('each list of a sync is reached by the keyboard, and says what it is when it is empty', async () => {
  await page.getByRole('tab', { name: 'Stuck' }).focus();
  for (const words of [
    'Everything can be held by both sides.',
    'There are no conflict copies.',
    'because of the first sync',
    'Nothing waits.',
    'Nothing is being retried.',
  ]) {
    await page.keyboard.press('ArrowRight');
    await text(words, page.getByRole('tabpanel')).waitFor();
  }
  await refuseOnce('**/history?**');
  await page.keyboard.press('End');
  await text('The operations could not be read').waitFor();
  await expectFine(page, 'history-refused');
  await button('Try again').click();
  const history = page.getByRole('tabpanel', { name: 'History' });
  const reports = history.getByRole('listitem').filter({ hasText: 'report.txt' });
  await reports.filter({ hasText: 'Done' }).first().waitFor();
  await reports
    .filter({ hasText: 'check the folder permissions' })
    .filter({ hasText: 'Failed' })
    .first()
    .waitFor();
  const link = reports.first().getByRole('link', { name: 'Workflow of report.txt' });
  expect(await link.getAttribute('href')).toMatch(WORKFLOW);
  await expectFine(page, 'history');
});

test('a mass delete is stopped, shown with its list, and goes ahead when it is approved', async () => {
  await sides.bringToFront();
  await tree('Dropbox').getByRole('button', { name: 'Archive' }).nth(1).click();
  await button('Delete', toolsOf('Dropbox')).click();
  await button('Delete', sides.getByRole('dialog')).click();
  await page.bringToFront();
  await page.getByRole('link', { name: 'All syncs' }).click();
  await text('Stopped, needs you').waitFor();
  await expectFine(page, 'halted-list');
  await page.getByRole('link', { name: 'Ada Client' }).click();
  await text('10 items disappeared from Dropbox').waitFor();
  await text('/Archive/year 2011.txt').waitFor();
  expect((await system.assembly.tree()).filter(({ path }) => path.startsWith('/Archive/'))).toHaveLength(9);
  await expectFine(page, 'halted');
  await button('Approve the deletes').click();
  const dialog = page.getByRole('dialog', { name: 'Delete 10 items?' });
  await expectFine(page, 'approve');
  await button('Delete 10 items', dialog).click();
  await tree('Assembly').getByRole('button', { name: 'Archive' }).first().waitFor({ state: 'detached' });
  await text('Up to date').waitFor();
});

test('a sync is paused, resumed and checked, and nothing flows while it is paused', async () => {
  await button('Pause Ada Client').click();
  await text('Paused').waitFor();
  await system.dropbox.put('/late.txt', 'late');
  await button('Resume Ada Client').click();
  await text('Up to date').waitFor();
  await tree('Assembly').getByRole('button', { name: 'late.txt' }).waitFor();
  await button('Check Ada Client').click();
  await button('Check everything', page.getByRole('dialog')).click();
  await button('Checking Ada Client').waitFor();
  await button('Check Ada Client').waitFor();
});

test('what is taken can not be chosen again, and a search that finds nothing says so', async () => {
  await page.getByRole('link', { name: 'All syncs' }).click();
  await button('Add a sync').click();
  const dialog = page.getByRole('dialog', { name: 'Set up a sync' });
  await text('Already synced', dialog).waitFor();
  expect(await dialog.getByRole('radio', { name: /Ada Client/ }).isDisabled()).toBe(true);
  await dialog.getByRole('searchbox').fill('zebra');
  await text('No channel has this in its name.', dialog).waitFor();
  // The first one empties the search.
  await page.keyboard.press('Escape');
  await text('Already synced', dialog).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('a lost connection is said, and recovered from without a click', async () => {
  const proxy = await startBrittleProxy(system.apiUrl);
  const tab = await browser.context.newPage();
  try {
    await tab.goto(`${proxy.url}/?token=${staffToken(system.portalId)}`);
    await text('Up to date', tab).waitFor();
    proxy.cut();
    await text('No connection to Cairn.', tab).waitFor();
    await expectFine(tab, 'offline');
    await button('Pause Ada Client', tab).click();
    await text('Cairn could not be reached.', tab).waitFor();
    await button('Pause Ada Client').click();
    proxy.mend();
    await text('Paused', tab).waitFor();
    await text('No connection to Cairn.', tab).waitFor({ state: 'detached' });
    await button('Resume Ada Client', tab).click();
    await text('Up to date', tab).waitFor();
  } finally {
    await tab.close();
    await proxy.close();
  }
});

test('a connection that Dropbox has ended says so and is taken up again', async () => {
  await control(`${system.dropboxSandbox.controlUrl}/revoke`, 'POST', {});
  await system.assembly.put('/waiting.txt', 'waiting');
  await text('Dropbox has ended the connection').waitFor();
  await expectFine(page, 'needs-reauth');
  await connectDropbox('Connect again');
  await tree('Dropbox').getByRole('button', { name: 'waiting.txt' }).waitFor();
});

test('after a disconnect everything is paused; a reconnect goes on from there', async () => {
  await button('Disconnect').click();
  const dialog = page.getByRole('dialog', { name: 'Disconnect Dropbox?' });
  await expectFine(page, 'disconnect');
  await button('Disconnect', dialog).click();
  await text('All syncs are paused; the files stay where they are.').waitFor();
  await expectFine(page, 'disconnected');
  await system.dropbox.put('/meanwhile.txt', 'meanwhile');
  await page.evaluate('window.open = () => null');
  await button('Connect Dropbox').click();
  await text('Your browser kept the window from opening.').waitFor();
  await expectFine(page, 'blocked');
  await connectBy(page.getByRole('link', { name: 'Open Dropbox here' }));
  await text('Your sync is paused').waitFor();
  await expectFine(page, 'reconnected');
  await button('Resume it').click();
  await text('Up to date').waitFor();
  await tree('Assembly').getByRole('button', { name: 'meanwhile.txt' }).waitFor();
});

test('a removed sync leaves the list and its files', async () => {
  await button('Remove Ada Client').click();
  await refuseOnce('**/api/syncs/*');
  await button('Remove', page.getByRole('dialog')).click();
  await text('The service can not take this now; try again shortly.', page.getByRole('dialog')).waitFor();
  await button('Remove', page.getByRole('dialog')).click();
  await button('Set up the first sync').waitFor();
  expect((await system.dropbox.tree()).map(({ path }) => path)).toContain('/meanwhile.txt');
});

test('it lives in the frame of a dashboard of another site, and in no page that is not served safely', async () => {
  const tab = await browser.context.newPage();
  const address = `${system.apiUrl}/?token=${staffToken(system.portalId)}`;
  const dashboard = {
    contentType: 'text/html',
    body: `<title>Dashboard</title><iframe src="${address}"></iframe>`,
  };
  await tab.route(/^https?:\/\/dashboard\.example\//, (route) => route.fulfill(dashboard));
  await tab.goto('https://dashboard.example/');
  await tab.frameLocator('iframe').getByRole('heading', { name: 'Dropbox account' }).waitFor();
  await tab.goto('http://dashboard.example/');
  await waitFor(
    async () =>
      tab.frames().some((frame) => frame.url().startsWith('chrome-error:')) ? true : 'not refused',
    20_000,
  );
  await tab.close();
});

test('what can not be read says so, and is read when it is tried again', async () => {
  await refuseOnce('**/api/assembly/channels');
  await button('Set up the first sync').click();
  const dialog = page.getByRole('dialog', { name: 'Set up a sync' });
  await text('Could not read the channels from Assembly', dialog).waitFor();
  await expectFine(page, 'refused');
  await button('Try again', dialog).click();
  await dialog.getByRole('radio', { name: /Ada Client/ }).check();
  await refuseOnce('**/api/dropbox/folders**');
  await button('Continue', dialog).click();
  await text('Could not read the folders from Dropbox', dialog).waitFor();
  await button('Try again', dialog).click();
  await button('Open Clients', dialog).click();
  await dialog.getByRole('radio', { name: /Contracts/ }).check();
  const large = {
    dropbox: { files: 20_000, folders: 300, bytes: 9e9, complete: false },
    assembly: { files: 0, folders: 0, bytes: 0, complete: true },
    large: true,
    estimatedSeconds: 1_015,
  };
  await page.route('**/api/preview**', (route) => route.fulfill({ json: large }), { times: 1 });
  await button('Continue', dialog).click();
  await text('This is a large pair', dialog).waitFor();
  await text('more than 20,000 files in 300 folders', dialog).waitFor();
  await text('The first sync takes about 17 minutes or more', dialog).waitFor();
  await expectFine(page, 'large');
});

test('a dialog keeps the keyboard inside, closes with Escape, and gives the focus back', async () => {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expectFocus('Set up the first sync');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  for (let press = 0; press < 12; press++) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest("dialog, body").tagName')).toMatch(
      /DIALOG|BODY/,
    );
    expect(
      await page.evaluate(
        'document.activeElement.closest("main") && !document.activeElement.closest("dialog")',
      ),
    ).toBeFalsy();
  }
  await page.keyboard.press('Escape');
});

test('a page that gets no first answer says that Cairn does not answer', async () => {
  const tab = await browser.context.newPage();
  let giveUp = () => {};
  const given = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  await tab.route('**/api/events', async (route) => {
    await given;
    await route.abort();
  });
  await tab.goto(`${system.apiUrl}/?token=${staffToken(system.portalId)}`);
  await text('Loading', tab).waitFor();
  await expectFine(tab, 'loading');
  giveUp();
  await text('Cairn does not answer', tab).waitFor();
  await expectFine(tab, 'no-answer');
  await tab.unroute('**/api/events');
  await tab.getByRole('heading', { name: 'Dropbox account' }).waitFor();
  // What full listings have used of the month, as the API counts it.
  const { body: usage } = await system.api<{ assembly: { calls: number; byKind: { list: number } } }>(
    '/api/usage',
  );
  const { calls, byKind } = usage.assembly;
  await text(`${byKind.list} of 1,000`, tab).waitFor();
  const meter = tab.getByRole('meter', { name: 'Full listings of Assembly channels' });
  expect(await meter.getAttribute('value')).toBe(`${byKind.list}`);
  await text(`${calls} calls to Assembly`, tab).waitFor();
  // The token runs out while the page is open.
  await tab.route('**/api/assembly/channels', (route) => route.fulfill({ status: 401, json: {} }));
  await button('Set up the first sync', tab).click();
  await text('Please open this again from Assembly', tab).waitFor();
  await tab.close();
});

test('a portal of very many syncs is shown by pages, and the last one is as live as the first', async () => {
  const { channelSync } = system.database.store.prisma;
  await channelSync.createMany({
    data: Array.from({ length: 101 }, (_, index) => ({
      portalId: system.portalId,
      assemblyChannelId: `many-${index}`,
      assemblyChannelLabel: `Client ${index}`,
      dbxAccountId: 'dbid:many',
      dbxRootPath: `/Many/${index}`,
      dbxRootKey: `/many/${index}`,
      dbxRootId: `id:many-${index}`,
      state: 'paused',
      createdAt: new Date(Date.UTC(2026, 0, 1, 0, index)),
    })),
  });
  const tab = await browser.context.newPage();
  await tab.goto(`${system.apiUrl}/?token=${staffToken(system.portalId)}`);
  await button('Show more', tab).click();
  await tab.getByRole('link', { name: 'Client 100' }).click();
  await tab.getByRole('heading', { level: 1, name: 'Client 100' }).waitFor();
  await channelSync.updateMany({
    where: { portalId: system.portalId, assemblyChannelId: 'many-100' },
    data: { assemblyChannelLabel: 'Client of another name' },
  });
  await tab.getByRole('heading', { level: 1, name: 'Client of another name' }).waitFor();
  await tab.goBack();
  await tab.getByRole('link', { name: 'Client of another name' }).waitFor();
  await tab.close();
});

test('a reload without a token says where to go', async () => {
  await page.reload();
  await text('Please open this from Assembly').waitFor();
  await expectFine(page, 'no-token');
  expect(mishaps).toEqual([]);
});

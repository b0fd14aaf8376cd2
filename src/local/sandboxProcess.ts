import { join } from 'node:path';
import { loadWebPage } from '../api/webPage';
import { openSandboxes } from './sandboxes';
import { SandboxSettings, type SandboxUrls, SETTINGS_NAME } from './sandboxServers';
import { startTwoSides } from './twoSides';

const TWO_SIDES_PAGE = join(__dirname, '..', 'web', 'sandbox');

/** Both simulators, and the page that shows them, in one process: tells its parent where they listen, and ends with it. */
async function main(): Promise<void> {
  const settings = SandboxSettings.parse(JSON.parse(process.env[SETTINGS_NAME] ?? '{}'));
  const sandboxes = await openSandboxes(settings);
  const twoSides =
    settings.twoSidesPort === undefined
      ? undefined
      : await startTwoSides({
          port: settings.twoSidesPort,
          page: loadWebPage(TWO_SIDES_PAGE),
          dropboxControl: sandboxes.urls.dropbox.controlUrl,
          assemblyControl: sandboxes.urls.assembly.controlUrl,
        });
  let closing = false;
  const stop = () => {
    if (closing) return;
    closing = true;
    void Promise.all([twoSides?.close(), sandboxes.close()]).then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
  const urls: SandboxUrls = {
    ...sandboxes.urls,
    ...(twoSides === undefined ? {} : { twoSides: twoSides.url }),
  };
  process.send?.(urls);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});

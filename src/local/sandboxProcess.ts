import { join } from 'node:path';
import { loadWebPage } from '../api/webPage';
import { createAssemblySandbox } from '../sandbox/assembly';
import { createDropboxSandbox } from '../sandbox/dropbox';
import { SandboxSettings, type SandboxUrls, SETTINGS_NAME } from './sandboxServers';
import { startTwoSides } from './twoSides';

const TWO_SIDES_PAGE = join(__dirname, '..', 'web', 'sandbox');

/** Both simulators, and the page that shows them, in one process: tells its parent where they listen, and ends with it. */
async function main(): Promise<void> {
  const settings = SandboxSettings.parse(JSON.parse(process.env[SETTINGS_NAME] ?? '{}'));
  const dropbox = await createDropboxSandbox({
    dataDir: join(settings.dataDir, 'dropbox'),
    port: settings.dropboxPort,
    app: { key: settings.dropboxKey, secret: settings.dropboxSecret },
    webhookUrl: `${settings.apiUrl}/webhooks/dropbox`,
  });
  const assembly = await createAssemblySandbox({
    dataDir: join(settings.dataDir, 'assembly'),
    port: settings.assemblyPort,
    apiKey: settings.assemblyKey,
    webhookUrl: `${settings.apiUrl}/webhooks/assembly`,
    webhookSecret: settings.webhookSecret,
  });
  const twoSides =
    settings.twoSidesPort === undefined
      ? undefined
      : await startTwoSides({
          port: settings.twoSidesPort,
          page: loadWebPage(TWO_SIDES_PAGE),
          dropboxControl: dropbox.controlUrl,
          assemblyControl: assembly.controlUrl,
        });
  let closing = false;
  const stop = () => {
    if (closing) return;
    closing = true;
    void Promise.all([twoSides?.close(), dropbox.close(), assembly.close()]).then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
  const { apiUrl, contentUrl, notifyUrl, webUrl, controlUrl } = dropbox;
  const urls: SandboxUrls = {
    dropbox: { apiUrl, contentUrl, notifyUrl, webUrl, controlUrl },
    assembly: { apiUrl: assembly.apiUrl, controlUrl: assembly.controlUrl },
    ...(twoSides === undefined ? {} : { twoSides: twoSides.url }),
  };
  process.send?.(urls);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});

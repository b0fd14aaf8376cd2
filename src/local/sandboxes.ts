import { join } from 'node:path';
import { createAssemblySandbox } from '../sandbox/assembly';
import { createDropboxSandbox } from '../sandbox/dropbox';
import type { SandboxSettings, SandboxUrls } from './sandboxServers';

/** Opens both simulators in this process. With an `apiUrl` they call the webhooks of the API there. */
export async function openSandboxes(
  settings: SandboxSettings,
): Promise<{ urls: SandboxUrls; close: () => Promise<void> }> {
  const { apiUrl: api } = settings;
  const dropbox = await createDropboxSandbox({
    dataDir: join(settings.dataDir, 'dropbox'),
    port: settings.dropboxPort,
    app: { key: settings.dropboxKey, secret: settings.dropboxSecret },
    ...(api === undefined ? {} : { webhookUrl: `${api}/webhooks/dropbox` }),
  });
  const assembly = await createAssemblySandbox({
    dataDir: join(settings.dataDir, 'assembly'),
    port: settings.assemblyPort,
    apiKey: settings.assemblyKey,
    webhookSecret: settings.webhookSecret,
    ...(api === undefined ? {} : { webhookUrl: `${api}/webhooks/assembly` }),
  }).catch(async (error: unknown) => {
    await dropbox.close();
    throw error;
  });
  const { apiUrl, contentUrl, notifyUrl, webUrl, controlUrl } = dropbox;
  return {
    urls: {
      dropbox: { apiUrl, contentUrl, notifyUrl, webUrl, controlUrl },
      assembly: { apiUrl: assembly.apiUrl, controlUrl: assembly.controlUrl },
    },
    close: async () => {
      await Promise.all([dropbox.close(), assembly.close()]);
    },
  };
}

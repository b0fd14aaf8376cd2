import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../../src/local/postgresServer';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-server-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what a server says with its last breath is in the error, also where it arrives after its end', async () => {
  const postgres = join(folder, 'postgres');
  const words = 'could not bind IPv4 address "127.0.0.1": Address already in use';
  writeFileSync(postgres, `#!/bin/sh\n(sleep 0.2; echo '${words}' >&2) &\nexit 1\n`, { mode: 0o755 });
  const place = { cluster: folder, binaries: { postgres, initdb: postgres }, account: {}, password: '' };
  await expect(startServer(place, 1, true, () => {})).rejects.toMatchObject({
    portTaken: true,
    message: expect.stringContaining(words),
  });
});

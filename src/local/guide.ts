import { relative } from 'node:path';
import type { LocalApi } from './connect';
import type { SandboxUrls } from './sandboxServers';
import type { Seeded } from './seed';

export type GuideParts = {
  readonly api: LocalApi;
  readonly temporalUi: string | null;
  readonly sandbox: SandboxUrls;
  readonly seeded: Seeded;
  readonly syncId: string;
  readonly dataDir: string;
};

const HELLO = 'hello.txt';

/** Where to click, and how to change a file on one side and watch it arrive on the other. */
export function sandboxGuide(parts: GuideParts): string {
  const { api, sandbox, seeded, syncId } = parts;
  const inDropbox = (path: string) =>
    `'${sandbox.dropbox.controlUrl}/files?${new URLSearchParams({ path: `${seeded.dropboxPath}/${path}` })}'`;
  const inAssembly = (path: string) =>
    `'${sandbox.assembly.controlUrl}/files?${new URLSearchParams({ channelId: seeded.channelId, path })}'`;
  return [
    `Page       ${api.url}/?token=${api.token}`,
    ...(sandbox.twoSides ? [`Both sides ${twoSidesUrl(sandbox.twoSides, seeded)}`] : []),
    ...addresses(parts),
    '',
    'Add, edit, rename, move or delete a file on the page of both sides, and watch the other side follow. Or from a terminal:',
    `  curl -sS -X PUT --data-binary 'Hello from Dropbox' ${inDropbox(HELLO)}`,
    `  curl -sS ${inAssembly(HELLO)}`,
    'And the other way round:',
    `  curl -sS -X PUT --data-binary 'Hello from Assembly' ${inAssembly(HELLO)}`,
    `  curl -sS ${inDropbox(HELLO)}`,
    '',
    'What became of it:',
    `  npx cairn status ${syncId.slice(0, 8)}`,
    `  npx cairn verify ${syncId.slice(0, 8)}`,
    ...(isDefaultFolder(parts.dataDir)
      ? []
      : [`  (first, once in that terminal:  export CAIRN_DATA_DIR='${parts.dataDir}')`]),
    '',
    'Ctrl-C stops everything; the next start goes on from here.',
  ].join('\n');
}

/** For the real services, where a person connects in the browser. */
export function realGuide(parts: {
  apiUrl: string;
  publicUrl: string;
  temporalUi: string | null;
  dataDir: string;
}): string {
  const { publicUrl } = parts;
  return [
    ...addresses({ api: { url: parts.apiUrl }, temporalUi: parts.temporalUi, dataDir: parts.dataDir }),
    '',
    `Real credentials are set, so there is no sandbox. Assembly and Dropbox reach Cairn at ${publicUrl}`,
    ...(publicUrl === parts.apiUrl
      ? ['which no other machine can reach: set PUBLIC_URL to an address that leads here.']
      : []),
    `  app page in Assembly             ${publicUrl}/`,
    `  webhook of the Assembly app      ${publicUrl}/webhooks/assembly`,
    `  webhook of the Dropbox app       ${publicUrl}/webhooks/dropbox`,
    `  redirect URI of the Dropbox app  ${publicUrl}/auth/dropbox/callback`,
    '',
    'Open the app in your Assembly dashboard, connect Dropbox there, and choose a channel and a folder.',
    '  npx cairn doctor   checks every setting',
    '',
    'Ctrl-C stops everything; the next start goes on from here.',
  ].join('\n');
}

/** The page of both sides, at the pair that the demo keeps the same. */
const twoSidesUrl = (base: string, { dropboxPath, channelId }: Seeded) =>
  `${base}/?${new URLSearchParams({ folder: dropboxPath, channel: channelId })}`;

const addresses = (parts: { api: { url: string }; temporalUi: string | null; dataDir: string }) => [
  `API        ${parts.api.url}`,
  ...(parts.temporalUi ? [`Temporal   ${parts.temporalUi}`] : []),
  `Logs       ${parts.dataDir}/logs`,
];

const isDefaultFolder = (dataDir: string) => relative(process.cwd(), dataDir) === '.data';

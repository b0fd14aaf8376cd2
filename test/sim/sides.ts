import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AssemblySandbox, createAssemblySandbox, type OutgoingEvent } from '../../src/sandbox/assembly';
import { createDropboxSandbox, type DropboxSandbox } from '../../src/sandbox/dropbox';
import { ask } from './people';

export const APP = { key: 'sandbox-app-key', secret: 'sandbox-app-secret' };
export const API_KEY = 'sandbox-assembly-key';
export const WEBHOOK_SECRET = 'whsec-test-0001';
export const ROOT = '/Clients';

/** Whoever is told what the simulators emit, and whose time it is; changes with each history. */
export interface Audience {
  date(): Date;
  after(ms: number, fire: () => void): void;
  assemblyEvent(event: OutgoingEvent): void;
  dropboxChanged(accountId: string): void;
}

export interface Sides {
  readonly dropbox: DropboxSandbox;
  readonly assembly: AssemblySandbox;
  audience: Audience;
  close(): Promise<void>;
}

const nobody: Audience = {
  date: () => new Date(),
  after: (ms, fire) => void setTimeout(fire, ms),
  assemblyEvent: () => {},
  dropboxChanged: () => {},
};

/** Both simulators in this process, on the time of whoever listens. */
export async function openSides(): Promise<Sides> {
  // In memory where there is such a place: the simulators keep one file for each upload.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cairn-sim-'));
  let audience = nobody;
  const now = () => audience.date();
  const dropbox = await createDropboxSandbox({
    dataDir: join(folder, 'dropbox'),
    app: APP,
    now,
    onChange: (accountId) => audience.dropboxChanged(accountId),
  });
  const assembly = await createAssemblySandbox({
    dataDir: join(folder, 'assembly'),
    apiKey: API_KEY,
    rps: 0,
    webhookSecret: WEBHOOK_SECRET,
    now,
    onEvent: (event) => audience.assemblyEvent(event),
    timers: { after: (ms, fire) => audience.after(ms, fire), close: () => {} },
  });
  const sides: Sides = {
    dropbox,
    assembly,
    get audience() {
      return audience;
    },
    set audience(next) {
      audience = next;
    },
    async close() {
      await dropbox.close();
      await assembly.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return sides;
}

/** One portal's account and channel, fresh and empty. */
export interface Place {
  readonly portalId: string;
  readonly accountId: string;
  readonly refreshToken: string;
  readonly namespace: string;
  readonly rootId: string;
  readonly channelId: string;
}

export async function makePlace(sides: Sides, portalId: string): Promise<Place> {
  const { dropbox, assembly } = sides;
  const account = await ask<{ id: string; rootNs: string }>(dropbox, 'POST', '/accounts', {
    email: 'person@example.com',
  });
  const root = await ask<{ id: string }>(dropbox, 'POST', '/folders', {
    account: account.id,
    path: ROOT,
  });
  const token = await ask<{ refreshToken: string }>(dropbox, 'POST', '/tokens', { account: account.id });
  await ask(assembly, 'POST', '/workspaces', { id: portalId });
  const client = await ask<{ id: string; companyIds: string[] }>(assembly, 'POST', '/clients', {
    workspaceId: portalId,
  });
  const channel = await ask<{ id: string }>(assembly, 'POST', '/channels', {
    workspaceId: portalId,
    membershipType: 'individual',
    clientId: client.id,
    companyId: client.companyIds[0],
  });
  return {
    portalId,
    accountId: account.id,
    refreshToken: token.refreshToken,
    namespace: account.rootNs,
    rootId: root.id,
    channelId: channel.id,
  };
}

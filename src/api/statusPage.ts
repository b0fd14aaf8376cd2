import type { Response } from 'express';
import { errorEntry, isErrorCode } from '../domain/errors';
import type { ConnectionRecord } from '../store/connections';
import { escapeHtml, renderPage } from './html';
import type { SyncJson } from './schemas';

export interface Status {
  readonly connection: ConnectionRecord | null;
  readonly syncs: readonly SyncJson[];
  /** The app token that opened the page, for links that need it. */
  readonly token: string;
}

/** The portal's connection and syncs, rendered whole on the server. */
export const statusPage = (res: Response, status: Status): string =>
  renderPage(res, {
    title: 'Assembly and Dropbox',
    body: `${connectionPart(status)}\n<h2>Syncs</h2>\n${syncsPart(status.syncs)}`,
    framed: true,
  });

function connectionPart({ connection, token }: Status): string {
  const link = (label: string): string =>
    `<a class="button" target="_blank" rel="noopener" href="/auth/dropbox/start?token=${encodeURIComponent(token)}">${label}</a>`;
  switch (connection?.status) {
    case 'connected':
      return `<p>Dropbox is connected${connection.email === null ? '' : ` as <b>${escapeHtml(connection.email)}</b>`}.</p>`;
    case 'needs_reauth':
      return `<p class="bad">${escapeHtml(errorEntry('auth_revoked').help)}</p><p>${link('Connect again')}</p>`;
    case 'disconnected':
    case undefined:
      return `<p>Dropbox is not connected.</p><p>${link('Connect Dropbox')}</p>`;
  }
}

function syncsPart(syncs: readonly SyncJson[]): string {
  if (syncs.length === 0) return '<p class="note">No channel is mapped to a folder yet.</p>';
  return `<table><thead><tr><th>Dropbox folder</th><th>State</th><th>Items</th><th>Last the same</th></tr></thead>
<tbody>${syncs.map(syncRow).join('\n')}</tbody></table>`;
}

function syncRow(sync: SyncJson): string {
  const halt =
    sync.haltReason === undefined
      ? ''
      : `<br><span class="bad">${escapeHtml(explain(sync.haltReason))}</span>`;
  const trouble =
    sync.error === undefined ? '' : `<br><span class="bad">${escapeHtml(explain(sync.error.code))}</span>`;
  const state = sync.resyncing ? `${sync.state}, looking at everything anew` : sync.state;
  return `<tr><td>${escapeHtml(sync.dropboxPath)}</td><td>${escapeHtml(state)}${halt}${trouble}</td>
<td>${progressText(sync.progress)}</td><td>${escapeHtml(sync.lastConvergedAt ?? 'not yet')}</td></tr>`;
}

const explain = (code: string): string => (isErrorCode(code) ? errorEntry(code).help : code);

function progressText({ total, settled, ...others }: SyncJson['progress']): string {
  const rest = Object.entries(others)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
  return [`${settled} of ${total} the same`, ...rest].join('<br>');
}

import { type Config, requireConfig } from '../config';
import { bad, type Finding, good } from './findings';
import type { Services } from './services';

/** What `cairn api` and `cairn worker` need together; each missing one is said. */
const SETTINGS = ['databaseUrl', 'tokenKeys', 'publicUrl'] as const;

/** Settings that are there, and those that are right for a sandbox and wrong on the internet. */
export function settingsChecks({ config, keyring }: Services): Finding[] {
  const findings: Finding[] = [];
  try {
    requireConfig(config, [...SETTINGS]);
    keyring();
    findings.push(good('settings', 'complete'));
  } catch (error) {
    findings.push(bad('settings', 'incomplete', error instanceof Error ? error.message : String(error)));
  }
  const missing = [
    ...(config.dropbox.appKey === undefined ? ['DROPBOX_APP_KEY'] : []),
    ...(config.dropbox.appSecret === undefined ? ['DROPBOX_APP_SECRET'] : []),
    ...(config.assembly.apiKey === undefined ? ['ASSEMBLY_API_KEY'] : []),
  ];
  if (missing.length > 0) {
    const advice = 'Set them from the consoles of Dropbox and Assembly.';
    findings.push(bad('app keys', `missing: ${missing.join(', ')}`, advice));
  }
  return [...findings, egress(config), publicUrl(config), signatures(config), operator(config)];
}

const egress = (config: Config): Finding =>
  config.egressAllowPrivate
    ? good('egress', 'private addresses are allowed: right for the sandbox, wrong in production')
    : good('egress', `public https addresses only; transfers to ${config.transferHosts.join(', ')}`);

function publicUrl({ publicUrl: url, egressAllowPrivate }: Config): Finding {
  const check = 'public address';
  if (url === undefined)
    return bad(check, 'not set', 'Set PUBLIC_URL to how browsers and webhooks reach the API.');
  if (url.startsWith('https:')) return good(check, url);
  return egressAllowPrivate
    ? good(check, `${url}: plain http is right for the sandbox only`)
    : bad(check, url, 'Use https: over http the cookie and the app token can be read on the way.');
}

function signatures({ assembly, dropbox }: Config): Finding {
  const check = 'webhook secrets';
  if (assembly.webhookSecrets.length === 0) {
    return good(check, 'events of Assembly are not signed: better set ASSEMBLY_WEBHOOK_SECRET');
  }
  const changing = [assembly.webhookSecrets, dropbox.webhookSecrets].some(({ length }) => length > 1);
  return good(check, changing ? 'set; one is being changed: drop the older one when that is done' : 'set');
}

const operator = ({ operatorToken }: Config): Finding =>
  good('operators', operatorToken === undefined ? 'no token, so no access over HTTP' : 'may use their token');

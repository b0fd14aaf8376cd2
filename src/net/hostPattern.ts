import { isIP } from 'node:net';

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** An IPv6 address stands in brackets in a URL; a name may end in the dot of the DNS root. */
export const bareHost = (hostname: string): string =>
  hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');

/**
 * Compiles a host pattern: a host name, an IP address, or `*.` and a domain of at least two labels, which stands for
 * any number of labels before that domain but not for the domain itself. Throws an `Error` that names the pattern.
 */
export const hostMatcher = (pattern: string): ((hostname: string) => boolean) => {
  const wanted = bareHost(pattern.trim());
  const domain = wanted.startsWith('*.') ? wanted.slice(2) : null;
  const fits =
    domain === null ? isIP(wanted) !== 0 || HOST.test(wanted) : HOST.test(domain) && domain.includes('.');
  if (!fits) {
    throw new Error(`"${pattern}" is not a host pattern; write a host name or one like *.example.com`);
  }
  if (domain === null) return (hostname) => bareHost(hostname) === wanted;
  return (hostname) => bareHost(hostname).endsWith(`.${domain}`);
};

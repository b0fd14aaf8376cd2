import { UsageError } from './startOptions';

const CREDENTIALS = ['DROPBOX_APP_KEY', 'DROPBOX_APP_SECRET', 'ASSEMBLY_API_KEY'] as const;

/**
 * Whether the environment names the real Dropbox and Assembly (all three credentials, each by value or `_FILE`) or the
 * sandbox copies are to be used (none of them).
 * @throws UsageError when only some are there: neither would be what was meant
 */
export function choosesSandbox(env: NodeJS.ProcessEnv): boolean {
  const missing = CREDENTIALS.filter((name) => !env[name]?.trim() && !env[`${name}_FILE`]?.trim());
  if (missing.length === CREDENTIALS.length) return true;
  if (missing.length === 0) return false;
  throw new UsageError(
    `Real credentials need ${CREDENTIALS.join(', ')} together; missing: ${missing.join(', ')}. Set all of them, or unset the others to use the sandbox.`,
  );
}

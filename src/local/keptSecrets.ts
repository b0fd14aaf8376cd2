import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const Secrets = z.object({
  TOKEN_ENCRYPTION_KEYS: z.string().min(1),
  OPERATOR_TOKEN: z.string().min(1),
  ASSEMBLY_WEBHOOK_SECRET: z.string().min(1),
  /** App key, app secret and API key of the sandbox copies. */
  sandbox: z.object({
    dropboxKey: z.string().min(1),
    dropboxSecret: z.string().min(1),
    assemblyKey: z.string().min(1),
  }),
});

export type KeptSecrets = z.infer<typeof Secrets>;

/**
 * The secrets of this instance, made at the first start and kept with mode 600. They have to outlive a restart: without
 * its key the database's refresh tokens can't be read.
 * @throws when the file is damaged
 */
export function keptSecrets(file: string, random: (bytes: number) => Buffer = randomBytes): KeptSecrets {
  if (!existsSync(file)) {
    const made: KeptSecrets = {
      TOKEN_ENCRYPTION_KEYS: `local:${random(32).toString('base64')}`,
      OPERATOR_TOKEN: random(24).toString('hex'),
      ASSEMBLY_WEBHOOK_SECRET: random(24).toString('hex'),
      sandbox: {
        dropboxKey: random(8).toString('hex'),
        dropboxSecret: random(16).toString('hex'),
        assemblyKey: random(16).toString('hex'),
      },
    };
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, file);
  }
  chmodSync(file, 0o600);
  try {
    return Secrets.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Error(
      `${file} is damaged. Bring it back, or delete the folder it is in to begin anew (the sync and its database go with it).`,
      { cause },
    );
  }
}

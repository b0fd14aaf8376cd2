import type { Command } from 'commander';
import { rotateKeys } from '../../activities/rotateKeys';
import { EXIT } from '../exitCodes';
import { json, table } from '../io';
import { createVerb, JSON_OPTION, type VerbContext } from '../verb';

export const rotateKeysVerb = (context: VerbContext): Command =>
  createVerb(
    'rotate-keys',
    'Encrypts everything stored anew with the first of TOKEN_ENCRYPTION_KEYS. Exit 1 where something can not be read.',
    ['rotate-keys', 'rotate-keys --json'],
  )
    .option(...JSON_OPTION)
    .action(async (options: { json?: boolean }) => {
      const services = context.services();
      const keyring = services.keyring();
      const columns = await rotateKeys({ store: services.store(), keyring }, (column, rows) =>
        context.io.say(`${column}: a batch of ${rows}`),
      );
      const unreadable = columns.reduce((sum, one) => sum + one.unreadable, 0);
      if (options.json) context.io.out(json({ key: keyring.primaryId, columns }));
      else {
        const rows = columns.map((one) => [one.column, String(one.reencrypted), String(one.unreadable)]);
        context.io.out(table(['COLUMN', 'REENCRYPTED', 'UNREADABLE'], rows));
      }
      context.io.say(
        unreadable === 0
          ? `All that is stored is encrypted with "${keyring.primaryId}"; older keys may go once no process uses them.`
          : 'What is unreadable was left alone: give its key back, or connect those portals again.',
      );
      context.finish(unreadable === 0 ? EXIT.done : EXIT.differs);
    });

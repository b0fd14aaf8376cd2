import type { Command } from 'commander';
import { requireConfig } from '../../config';
import { migrate } from '../../store/migrate';
import { createVerb, type VerbContext } from '../verb';

export const migrateVerb = (context: VerbContext): Command =>
  createVerb('migrate', 'Applies missing migrations to the database.', ['migrate']).action(async () => {
    const { databaseUrl } = requireConfig(context.services().config, ['databaseUrl']);
    const applied = await migrate(databaseUrl);
    for (const name of applied) context.io.out(name);
    context.io.say(applied.length === 0 ? 'Nothing was missing.' : `${applied.length} applied.`);
  });

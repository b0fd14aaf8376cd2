import type { Command } from 'commander';
import { runChecks } from '../doctor';
import { EXIT } from '../exitCodes';
import type { Finding } from '../findings';
import { json, table } from '../io';
import { createVerb, JSON_OPTION, type ReadOptions, type VerbContext } from '../verb';

export const doctorVerb = (context: VerbContext): Command =>
  createVerb(
    'doctor',
    'Checks every setting and everything Cairn depends on, and says what to do. Exit 1 where something is wrong.',
    ['doctor', 'doctor --portal ws_1   also call Assembly and Dropbox for this portal (one call each)'],
  )
    .option('--portal <id>', 'a portal whose own connections are checked too')
    .option(...JSON_OPTION)
    .action(async (options: ReadOptions) => {
      const findings = await runChecks(() => context.services(), options.portal);
      context.finish(findings.every(({ ok }) => ok) ? EXIT.done : EXIT.differs);
      if (options.json) return context.io.out(json({ ok: findings.every(({ ok }) => ok), findings }));
      context.io.out(table(['', 'CHECK', 'FOUND'], findings.map(row)));
      for (const { check, advice } of findings)
        if (advice !== undefined) context.io.say(`${check}: ${advice}`);
    });

const row = ({ ok, check, found }: Finding): string[] => [ok ? 'ok' : 'NO', check, found];

import type { Command } from 'commander';
import { type VerifyReport, verifySync } from '../../activities/verify';
import { EXIT } from '../exitCodes';
import { json, table } from '../io';
import { locateSync } from '../locate';
import { createVerb, JSON_OPTION, PORTAL_OPTION, type ReadOptions, type VerbContext } from '../verb';

export const verifyVerb = (context: VerbContext): Command =>
  createVerb(
    'verify',
    'Compares both sides in full with each other and with the rows; changes nothing. Exit 1 on a difference.',
    ['verify 3f2a', 'verify 3f2a --content   also hash what Assembly stores (a call and a download a file)'],
  )
    .argument('<sync>', 'the id of a sync, or its start')
    .option('--content', "read and hash Assembly's bytes too")
    .option(...PORTAL_OPTION)
    .option(...JSON_OPTION)
    .action(async (typed: string, options: ReadOptions & { content?: boolean }) => {
      const services = context.services();
      const store = services.store();
      const ref = await locateSync(store, typed, options.portal);
      const report = await verifySync({ store, remotes: await services.remotes() }, ref, {
        content: options.content ?? false,
        onProgress: (words) => context.io.say(words),
      });
      context.io.out(options.json ? json(report) : describe(report));
      context.finish(report.same ? EXIT.done : EXIT.differs);
    });

function describe(report: VerifyReport): string {
  const { checked, differences, differenceCount, unsyncable, unsyncableCount } = report;
  const lines = [
    `${checked.dropbox} objects on Dropbox, ${checked.assembly} on Assembly, ${checked.rows} rows` +
      (checked.bytesHashed > 0 ? `, ${checked.bytesHashed} bytes hashed` : ''),
  ];
  if (report.incompleteOnAssembly > 0) {
    lines.push(`${report.incompleteOnAssembly} objects on Assembly wait for their bytes`);
  }
  if (unsyncableCount > 0) {
    lines.push(
      '',
      `${unsyncableCount} unsyncable:`,
      table(
        ['REASON', 'PATH'],
        unsyncable.map(({ code, path }) => [code, path]),
      ),
    );
  }
  if (differenceCount === 0) return [...lines, 'No difference.'].join('\n');
  const rows = differences.map(({ kind, path, detail }) => [kind, path, detail]);
  lines.push('', `${differenceCount} differences:`, table(['KIND', 'PATH', 'WHAT'], rows));
  if (differenceCount > differences.length) lines.push(`… and ${differenceCount - differences.length} more`);
  return lines.join('\n');
}

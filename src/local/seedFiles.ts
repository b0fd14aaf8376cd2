import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What is made by tools, or holds secrets, at any level of a checkout. */
const LEFT_OUT = /^(node_modules|dist|build|coverage|\.git|\.data|generated|\.env.*|.*\.log|\.DS_Store)$/;

/** Copies a checkout as it is tracked, more or less, into `target`; returns the number of files. */
export function copyCheckout(root: string, target: string, except: readonly string[] = []): number {
  const skipped = new Set([target, ...except].map((path) => resolve(path)));
  let files = 0;
  const visit = (from: string, to: string) => {
    mkdirSync(to, { recursive: true });
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      const source = join(from, entry.name);
      if (LEFT_OUT.test(entry.name) || skipped.has(resolve(source))) continue;
      if (entry.isDirectory()) visit(source, join(to, entry.name));
      else if (entry.isFile()) {
        copyFileSync(source, join(to, entry.name), constants.COPYFILE_FICLONE);
        files++;
      }
    }
  };
  visit(root, target);
  return files;
}

/**
 * Fills `target` with what a client might have in a channel: some documents that the checkout has too, at the same paths,
 * so that both sides meet in equal files, and some of their own.
 */
export function writeDocuments(root: string, target: string): void {
  for (const name of ['README.md', 'LICENSE', 'docs']) {
    const source = join(root, name);
    if (!existsSync(source)) continue;
    if (name.includes('.') || name === 'LICENSE') save(join(target, name), source);
    else copyCheckout(source, join(target, name));
  }
  for (const [name, text] of Object.entries(OWN_DOCUMENTS)) {
    const path = join(target, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function save(path: string, source: string): void {
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(source, path);
}

const invoice = (month: string, hours: number) =>
  `month,hours,rate,total\n${month},${hours},120,${hours * 120}\n`;

const OWN_DOCUMENTS: Readonly<Record<string, string>> = {
  'Start here.txt':
    'Whatever lies in this channel also lies in the Dropbox folder, and the other way round.\nChange a file on either side and look at the other.\n',
  'Contracts/Engagement letter.txt':
    'This letter sets out what we do for you, when, and what it costs.\n1. Scope\n2. Fees\n3. Duration\n',
  'Contracts/Non-disclosure agreement.txt':
    'Both sides keep to themselves what they learn from each other.\n',
  'Invoices/2026-09.csv': invoice('2026-09', 31),
  'Invoices/2026-10.csv': invoice('2026-10', 24),
  'Invoices/2026-11.csv': invoice('2026-11', 18),
  'Onboarding/Checklist.md': '# Checklist\n\n- [x] Portal account\n- [ ] Tax documents\n- [ ] First call\n',
  'Onboarding/Fragen und Überblick.md': '# Überblick\n\nNamen mit Umlauten gehen auf beiden Seiten.\n',
  'Tax/2025/Statement of income.txt': 'Statement of income for 2025.\n',
  'Tax/2025/Statement of expenses.txt': 'Statement of expenses for 2025.\n',
};

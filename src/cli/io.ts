/** What a verb reads and writes: data on stdout, words on stderr. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  out(text: string): void;
  say(text: string): void;
}

export const processIo = (): Io => ({
  env: process.env,
  out: (text) => process.stdout.write(`${text}\n`),
  say: (text) => process.stderr.write(`${text}\n`),
});

/** Columns as wide as their widest cell; the last one is left ragged. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const json = (value: unknown): string => JSON.stringify(value, null, 2);

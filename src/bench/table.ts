import type { Measure, RowResult } from './result';

const ERROR_LENGTH = 160;

/** The results as a table for people: one line for each figure, the row's name on its first line. */
export function tableOf(results: readonly RowResult[]): string {
  const lines = results.flatMap(({ row, measures, error }) => {
    const cells = measures.map((one) => [one.name, figure(one)] as const);
    if (error !== undefined) cells.push(['not measured', error.replace(/\s+/g, ' ').slice(0, ERROR_LENGTH)]);
    return cells.map(([name, value], index) => [index === 0 ? row : '', name, value] as const);
  });
  const all = [['row', 'measure', 'value'] as const, ...lines];
  const [first, second] = [0, 1].map((column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  return all
    .map(([row, name, value]) => `${row.padEnd(first ?? 0)}  ${name.padEnd(second ?? 0)}  ${value}`)
    .join('\n');
}

const figure = ({ value, unit }: Measure): string => `${rounded(value)}${unit === '' ? '' : ` ${unit}`}`;

/** Three digits that count, and whole numbers whole. */
function rounded(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

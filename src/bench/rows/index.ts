import type { Row } from '../row';
import { engineFloor } from './engineFloor';
import { initialSync } from './initialSync';
import { latency } from './latency';
import { memory } from './memory';
import { sweep } from './sweep';
import { webhooks } from './webhooks';

/** All rows, in the order of the table. */
export const createRows = (workers: readonly number[]): Row[] => [
  engineFloor,
  ...workers.flatMap((count) => [initialSync('assembly', count), initialSync('dropbox', count)]),
  latency('assembly'),
  latency('dropbox'),
  webhooks,
  memory('assembly'),
  memory('dropbox'),
  sweep,
];

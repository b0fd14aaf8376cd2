import { randomInt } from 'node:crypto';
import { isFree } from '../../local/ports';

/** Below every system's range for outgoing connections, of which a bench makes thousands: what is free now stays so. */
const LOWEST = 10_000;
const HIGHEST = 32_000;
const DRAWS = 200;

/** So many different ports of 127.0.0.1 that are free. */
export async function quietPorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let draw = 0; draw < DRAWS && found.size < count; draw++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) found.add(port);
  }
  if (found.size < count) throw new Error(`no ${count} free ports were found`);
  return [...found];
}

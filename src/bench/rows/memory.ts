import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { otherSide, type Side } from '../../domain/types';
import { type Measure, measure } from '../result';
import { inSystem, type Row, type RowContext } from '../row';
import { untilConverged } from '../system/converged';
import { untilIdle } from '../system/engine';
import { createPortal } from '../system/portal';
import { watchMemory } from '../system/residentMemory';
import { personOn } from '../system/side';
import type { BenchSystem } from '../system/startSystem';
import { until } from '../until';

const MIB = 1_048_576;
const START_MS = 60_000;
/** Slower than 2 MiB a second is no result but a fault. */
const SLOWEST_MS_PER_MIB = 500;

/** How the worker's memory grows while one big file passes. */
export const memory = (target: Side): Row => ({
  name: `memory-to-${target}`,
  run: (context) => inSystem(context, 1, (system) => measureMemory(context, system, target)),
});

async function measureMemory(
  { options: { bigMb } }: RowContext,
  system: BenchSystem,
  target: Side,
): Promise<Measure[]> {
  const { sandbox, gateway, signal } = system;
  const portal = await createPortal(system.apiUrl, sandbox, signal);
  const source = personOn(otherSide(target), sandbox, portal, signal);
  const copy = personOn(target, sandbox, portal, signal);
  await untilConverged(system, await portal.map(signal), 0, START_MS);
  await untilIdle(gateway, signal);
  const pid = system.workers[0]?.pid;
  if (pid == null) throw new Error('the worker has no process');
  const watched = watchMemory(pid);
  await source.put('/big.bin', Readable.from(bigContent(bigMb)), bigMb * MIB);
  const began = performance.now();
  const hash = (await source.files()).get('/big.bin');
  await until(async () => ((await copy.files()).get('/big.bin') === hash ? true : 'the file is not there'), {
    timeoutMs: START_MS + bigMb * SLOWEST_MS_PER_MIB,
    signal,
  });
  const seconds = (performance.now() - began) / 1_000;
  await untilIdle(gateway, signal);
  const { lowest, peak } = await watched.stop();
  return [
    measure('growth', (peak - lowest) / MIB, 'MiB'),
    measure('peak', peak / MIB, 'MiB'),
    measure('lowest', lowest / MIB, 'MiB'),
    measure('file', bigMb, 'MiB'),
    measure('seconds', seconds, 's'),
  ];
}

/** Blocks that differ, so that no side can find one twice. */
function* bigContent(mebibytes: number): Generator<Buffer> {
  const noise = randomBytes(MIB);
  for (let number = 0; number < mebibytes; number++) {
    const block = Buffer.from(noise);
    block.writeUInt32BE(number);
    yield block;
  }
}

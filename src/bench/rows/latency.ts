import { randomBytes } from 'node:crypto';
import { otherSide, type Side } from '../../domain/types';
import { type Measure, measure, percentile } from '../result';
import { inSystem, type Row, type RowContext } from '../row';
import { untilConverged } from '../system/converged';
import { untilIdle } from '../system/engine';
import { createPortal } from '../system/portal';
import { type PersonOn, personOn } from '../system/side';
import type { BenchSystem } from '../system/startSystem';
import { until } from '../until';

const FILE_BYTES = 1_048_576;
const LOOK_MS = 10;
const LATEST_MS = 60_000;

/** A 1 MB file, put on an idle system: from the end of the person's upload, which sends the webhook, to its last byte on the other side. */
export const latency = (target: Side): Row => ({
  name: `latency-to-${target}`,
  run: (context) => inSystem(context, 1, (system) => measureLatency(context, system, target)),
});

async function measureLatency(context: RowContext, system: BenchSystem, target: Side): Promise<Measure[]> {
  const { sandbox, gateway, signal } = system;
  const portal = await createPortal(system.apiUrl, sandbox, signal);
  const source = personOn(otherSide(target), sandbox, portal, signal);
  const copy = personOn(target, sandbox, portal, signal);
  await untilConverged(system, await portal.map(signal), 0, LATEST_MS);
  const samples: number[] = [];
  for (let sample = 0; sample < context.options.samples; sample++) {
    await untilIdle(gateway, signal);
    samples.push(await passes(source, copy, `/latency ${sample + 1}.bin`, signal));
  }
  return [
    measure('p50', percentile(samples, 0.5), 'ms'),
    measure('p95', percentile(samples, 0.95), 'ms'),
    measure('samples', samples.length),
  ];
}

/** Milliseconds. */
async function passes(source: PersonOn, copy: PersonOn, path: string, signal: AbortSignal): Promise<number> {
  await source.put(path, randomBytes(FILE_BYTES), FILE_BYTES);
  const began = performance.now();
  const hash = (await source.files()).get(path);
  await until(async () => ((await copy.files()).get(path) === hash ? true : `${path} is not there`), {
    timeoutMs: LATEST_MS,
    everyMs: LOOK_MS,
    signal,
  });
  return performance.now() - began;
}

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const KIB = 1_024;
const SAMPLE_MS = 50;

/** Resident memory of a process, in bytes. */
async function residentBytes(pid: number): Promise<number> {
  const file = `/proc/${pid}/status`;
  const text = existsSync(file)
    ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1]
    : (await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])).stdout;
  const kib = Number.parseInt(text ?? '', 10);
  if (!(kib > 0)) throw new Error(`the memory of process ${pid} can't be read`);
  return kib * KIB;
}

export interface MemoryRange {
  readonly lowest: number;
  readonly peak: number;
}

/** Watches a process from now on; `stop` resolves with the smallest and the largest value seen, in bytes. */
export function watchMemory(pid: number): { stop(): Promise<MemoryRange> } {
  let lowest = Number.POSITIVE_INFINITY;
  let peak = 0;
  let failure: unknown;
  let looking: Promise<void> | null = null;
  const look = async () => {
    try {
      const now = await residentBytes(pid);
      lowest = Math.min(lowest, now);
      peak = Math.max(peak, now);
    } catch (error) {
      failure ??= error;
    }
  };
  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = null;
    });
  }, SAMPLE_MS);
  return {
    async stop() {
      clearInterval(timer);
      await looking;
      await look();
      if (failure !== undefined) throw failure;
      return { lowest, peak };
    },
  };
}

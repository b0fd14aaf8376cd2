import { FAULT_POINTS, type FaultPoint, type ReachFaultPoint } from './deps';

const isFaultPoint = (name: string): name is FaultPoint => (FAULT_POINTS as readonly string[]).includes(name);

/**
 * What happens at the named places between steps. Nothing, unless `FAULT_POINT` says so: `point:nth` ends the process
 * there with SIGKILL at the nth time, as a crash would, so that a test can stop a real worker exactly between two steps.
 */
export function createFaultPoints(env: NodeJS.ProcessEnv): ReachFaultPoint {
  const wanted = env.FAULT_POINT;
  if (!wanted) return async () => {};
  const [point = '', nth = '1'] = wanted.split(':');
  if (!isFaultPoint(point)) throw new Error(`FAULT_POINT names no fault point: ${point}`);
  let left = Number(nth);
  return async (reached) => {
    if (reached !== point) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}

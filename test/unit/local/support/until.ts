import { setTimeout as delay } from 'node:timers/promises';
import { processMark } from '../../../../src/local/postgresOwner';

/** Waits for a condition, with a deadline. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await condition()); await delay(20)) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for: ${condition}`);
  }
}

/** Whether a process lives (a zombie counts as dead: it waits for nothing but its parent's look). */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return processMark(pid) !== undefined;
}

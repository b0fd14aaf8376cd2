import { spawnSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Owner = z.object({ pid: z.number().int().positive(), mark: z.string() });

/**
 * What tells one life of a process id from another, or undefined when no such process lives. A container that starts
 * again hands out the same few ids, so an id alone proves nothing.
 */
export function processMark(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    const line = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim();
    return line || undefined;
  }
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  // Fields after the command, which may itself hold spaces and brackets: state first, start time twentieth.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields || fields[0] === 'Z') return undefined;
  return `${readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim()} ${fields[19]}`;
}

/** The live server of a cluster, going by its postmaster.pid. */
export function serverOf(cluster: string): number | undefined {
  const pid = Number.parseInt(readOrUndefined(join(cluster, 'postmaster.pid')) ?? '', 10);
  return pid > 0 && commandLine(pid).includes(cluster) ? pid : undefined;
}

// The command that started a process, its words apart; empty when it can't be known.
function commandLine(pid: number): string[] {
  if (process.platform === 'linux') return (readOrUndefined(`/proc/${pid}/cmdline`) ?? '').split('\0');
  const line =
    spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  return line.trim().split(' ');
}

/** The id of the live process that owns what `file` guards, if there is one. */
export function liveOwner(file: string): number | undefined {
  const text = readOrUndefined(file);
  const owner = text === undefined ? undefined : Owner.safeParse(parse(text)).data;
  return owner && processMark(owner.pid) === owner.mark ? owner.pid : undefined;
}

/**
 * Makes this process the owner of what `file` guards. A file left by a process that has died is taken over.
 * @returns gives it up again
 * @throws when a live process owns it
 */
export function own(file: string, what: string): () => void {
  const mine = JSON.stringify({ pid: process.pid, mark: processMark(process.pid) });
  for (let tries = 0; tries < 20; tries++) {
    try {
      writeFileSync(file, mine, { flag: 'wx', mode: 0o644 });
      return () => {
        if (readOrUndefined(file) === mine) rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = liveOwner(file);
    if (owner !== undefined) {
      throw new Error(`${what} is in use by process ${owner}. Stop that one first, or use another folder.`);
    }
    discard(file);
  }
  throw new Error(`${what} could not be claimed: ${file} keeps changing hands.`);
}

// Two processes may find the same dead owner. Only one rename gets the old file; one that caught a newer file gives it back.
function discard(file: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (liveOwner(aside) !== undefined) linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

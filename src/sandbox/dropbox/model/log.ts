import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { snapshot } from './snapshot';
import type { Change } from './types';
import { applyChange, createWorld, type World } from './world';

const COMPACT_ABOVE = 64 * 1024 * 1024;
const FLUSH_ABOVE = 1024 * 1024;

/**
 * The state on disk: one append-only file, one line per acknowledged step. A line is written before anybody is
 * answered, so it survives the death of the process at any instant (not a power cut: nothing is synced).
 */
export interface Log {
  readonly world: World;
  /** Writes the changes as one line, then applies them: all or none. */
  commit(changes: readonly Change[]): void;
  close(): void;
}

const logName = (generation: number): string => `state.${generation}.jsonl`;

function newestGeneration(dir: string): number {
  const generations = readdirSync(dir).map((name) => Number(/^state\.(\d+)\.jsonl$/.exec(name)?.[1] ?? -1));
  return Math.max(0, ...generations);
}

/**
 * Opens the log of a folder and rebuilds the world from it. A line cut off by a crash was never acknowledged and
 * is dropped. A log above `compactAbove` bytes (64 MiB) is first rewritten as a snapshot. `secret` is used when the folder is new.
 */
export async function openLog(
  dir: string,
  now: () => number,
  secret: string,
  compactAbove = COMPACT_ABOVE,
): Promise<Log> {
  let generation = newestGeneration(dir);
  const world = createWorld();
  await replay(join(dir, logName(generation)), world);
  if (sizeOf(join(dir, logName(generation))) > compactAbove) {
    generation = compact(dir, generation, world, now());
  }
  for (const name of readdirSync(dir)) {
    if (name.startsWith('state.') && name !== logName(generation)) unlinkSync(join(dir, name));
  }
  const fd = openSync(join(dir, logName(generation)), 'a');
  const commit = (changes: readonly Change[]): void => {
    if (changes.length === 0) return;
    writeAll(fd, `${JSON.stringify(changes)}\n`);
    for (const change of changes) applyChange(world, change);
  };
  if (world.secret === '') commit([{ t: 'meta', secret }]);
  return { world, commit, close: () => closeSync(fd) };
}

const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

async function replay(file: string, world: World): Promise<void> {
  if (!existsSync(file)) return;
  let good = 0;
  for await (const line of wholeLines(file)) {
    for (const change of parseLine(line)) applyChange(world, change);
    good += line.length + 1;
  }
  if (good < sizeOf(file)) truncateSync(file, good);
}

/** Only lines with their line end; split by hand, because `readline` also splits at U+2028. */
async function* wholeLines(file: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const chunk of createReadStream(file, { highWaterMark: FLUSH_ABOVE })) {
    let rest: Buffer = chunk;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      yield Buffer.concat([...parts, rest.subarray(0, end)]);
      parts = [];
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) parts.push(rest);
  }
}

function parseLine(line: Buffer): Change[] {
  return JSON.parse(line.toString('utf8')) as Change[];
}

function compact(dir: string, generation: number, world: World, now: number): number {
  const draft = join(dir, 'state.draft');
  const fd = openSync(draft, 'w');
  let pending: string[] = [];
  let bytes = 0;
  const flush = (): void => {
    writeAll(fd, pending.join(''));
    pending = [];
    bytes = 0;
  };
  for (const change of snapshot(world, now)) {
    const line = `${JSON.stringify([change])}\n`;
    pending.push(line);
    bytes += line.length;
    if (bytes > FLUSH_ABOVE) flush();
  }
  flush();
  fsyncSync(fd);
  closeSync(fd);
  renameSync(draft, join(dir, logName(generation + 1)));
  return generation + 1;
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

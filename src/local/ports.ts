import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { z } from 'zod';

export const PORT_NAMES = [
  'api',
  'metrics',
  'postgres',
  'temporal',
  'temporalUi',
  'dropbox',
  'assembly',
  'twoSides',
] as const;
export type PortName = (typeof PORT_NAMES)[number];
export type Ports = Readonly<Record<PortName, number>>;

const HOST = '127.0.0.1';
const FIRST_API_PORT = 8080;
const API_PORTS_TRIED = 100;
const DRAWS = 50;

const Port = z.number().int().min(1).max(65_535);
const Remembered = z.partialRecord(z.enum(PORT_NAMES), Port);

/**
 * Chooses a port for everything that `npm start` runs: the one used last time when it is free, else a free one, so that
 * nothing collides and bookmarks stay good. The choice is kept in `file`.
 * @param file ports.json; a damaged one counts as absent
 * @param fixedApiPort the user's PORT
 * @throws when the user's PORT is taken
 */
export async function choosePorts(file: string, fixedApiPort?: number): Promise<Ports> {
  const remembered = read(file);
  const taken = new Set<number>();
  const chosen = new Map<PortName, number>();
  if (fixedApiPort !== undefined && !(await isFree(fixedApiPort))) {
    throw new Error(
      `PORT=${fixedApiPort} is taken by another program. Stop that one, choose another PORT, or unset it.`,
    );
  }
  for (const name of PORT_NAMES) {
    const port = await choose(name, name === 'api' ? fixedApiPort : undefined, remembered[name], taken);
    taken.add(port);
    chosen.set(name, port);
  }
  const ports = Object.fromEntries(chosen) as Record<PortName, number>;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(ports, null, 2)}\n`);
  renameSync(draft, file);
  return ports;
}

/** A port of 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return listen(0);
}

/** Whether a server could listen on that port of 127.0.0.1 now. */
export const isFree = (port: number): Promise<boolean> =>
  listen(port).then(
    () => true,
    () => false,
  );

async function choose(
  name: PortName,
  fixed: number | undefined,
  remembered: number | undefined,
  taken: ReadonlySet<number>,
): Promise<number> {
  if (fixed !== undefined) return fixed;
  const usable = async (port: number) => !taken.has(port) && (await isFree(port));
  if (remembered !== undefined && (await usable(remembered))) return remembered;
  if (name === 'api') {
    for (let port = FIRST_API_PORT; port < FIRST_API_PORT + API_PORTS_TRIED; port++) {
      if (await usable(port)) return port;
    }
  }
  for (let draw = 0; draw < DRAWS; draw++) {
    const port = await freePort();
    if (!taken.has(port)) return port;
  }
  throw new Error(`No free port could be found for ${name}.`);
}

function read(file: string): z.infer<typeof Remembered> {
  if (!existsSync(file)) return {};
  try {
    return Remembered.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}

function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port, host: HOST, exclusive: true }, () => {
      const { port: bound } = probe.address() as AddressInfo;
      probe.close(() => resolve(bound));
    });
  });
}

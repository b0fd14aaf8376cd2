import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { freePort } from './ports';
import { own } from './postgresOwner';
import { createCluster, type Place, preparePlace } from './postgresPlace';
import { endOrphan, type Server, StartFailure, startServer } from './postgresServer';

export type StartPostgresOptions = {
  /** Kept between runs; made when missing. One start at a time. */
  dataDir: string;
  /** A free one by default. */
  port?: number;
  log?: (line: string) => void;
  /** Made when missing; `cairn`. */
  database?: string;
  /** For tests: nothing need survive a crash, so nothing is flushed to disk. */
  ephemeral?: boolean;
};

export type RunningPostgres = {
  url: string;
  port: number;
  pid: number | null;
  /** Resolves when the server has ended, also when nobody asked it to. */
  exited: Promise<void>;
  stop(): Promise<void>;
};

const STARTS = 40;

/**
 * Starts the Postgres that comes with the package, on 127.0.0.1 only, with a password of its own. A second start on the
 * same folder goes on with the same data, also after a kill -9 of the server, of the starter, or of both.
 * @throws when the folder is in use by a living process, or Postgres can't run; the message says what to do
 */
export async function startPostgres(options: StartPostgresOptions): Promise<RunningPostgres> {
  if (process.platform === 'win32') throw new Error('No Postgres comes along for Windows: set DATABASE_URL.');
  const { database = 'cairn', ephemeral = false, log = () => undefined } = options;
  mkdirSync(options.dataDir, { recursive: true, mode: 0o711 });
  const dataDir = realpathSync(options.dataDir);
  const release = claim(dataDir);
  try {
    const place = preparePlace(dataDir, log);
    createCluster(place, ephemeral);
    await endOrphan(place.cluster, log);
    const { server, port } = await startOnPort(place, options.port, ephemeral, log);
    const stop = once(async () => {
      await server.stop();
      release();
    });
    const url = (name: string) => `postgresql://cairn:${place.password}@127.0.0.1:${port}/${name}`;
    try {
      await createDatabase(url('postgres'), database);
    } catch (error) {
      await stop();
      throw error;
    }
    return { url: url(database), port, pid: server.pid, exited: server.exited, stop };
  } catch (error) {
    release();
    throw error;
  }
}

function claim(dataDir: string): () => void {
  try {
    return own(join(dataDir, 'owner.json'), `The database folder ${dataDir}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    throw new Error(
      `No right to write in ${dataDir}. Start as the user who owns it, or use another folder.`,
      {
        cause: error,
      },
    );
  }
}

// A port that was free a moment ago may be taken by now, and backends of a killed server take a moment to notice.
async function startOnPort(
  place: Place,
  fixed: number | undefined,
  ephemeral: boolean,
  log: (line: string) => void,
): Promise<{ server: Server; port: number }> {
  for (let tries = 1; ; tries++) {
    const port = fixed ?? (await freePort());
    try {
      return { server: await startServer(place, port, ephemeral, log), port };
    } catch (error) {
      const again = error instanceof StartFailure && (error.oldMemory || (error.portTaken && !fixed));
      if (!again || tries >= STARTS) throw error;
      await delay(250);
    }
  }
}

async function createDatabase(adminUrl: string, name: string): Promise<void> {
  const connection = await new PrismaPg({ connectionString: adminUrl, max: 1 }).connect();
  try {
    const query = { sql: 'SELECT 1 FROM pg_database WHERE datname = $1', args: [name], argTypes: [] };
    const { rows } = await connection.queryRaw({
      ...query,
      argTypes: [{ scalarType: 'string', arity: 'scalar' }],
    });
    if (rows.length === 0) {
      await connection.executeRaw({
        sql: `CREATE DATABASE "${name.replaceAll('"', '""')}"`,
        args: [],
        argTypes: [],
      });
    }
  } finally {
    await connection.dispose();
  }
}

function once(run: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= run();
    return result;
  };
}

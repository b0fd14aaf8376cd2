import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connectDropbox, ensureSync, type LocalApi, staffToken } from './connect';
import { apiUrlOf } from './environment';
import { realGuide, sandboxGuide } from './guide';
import { keptSecrets } from './keptSecrets';
import { patiently } from './patiently';
import { choosePorts } from './ports';
import { own } from './postgresOwner';
import { type Outcome, untilConverged } from './progress';
import { choosesSandbox } from './remotesChoice';
import { earlierSeed, type Seeded, seedSandbox } from './seed';
import { type Services, startServices } from './services';
import { readStartOptions, type StartOptions, UsageError } from './startOptions';
import { untilAskedToStop } from './stopSignals';
import { counters, createView, type View } from './view';

/** What ended the run. The exit code is 0 when a person stopped it or what they waited for has come. */
type End = { readonly code: number; readonly text?: string };

type Run = {
  readonly options: StartOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly view: View;
  readonly signal: AbortSignal;
};

/** `npm start`: everything on one machine, until Ctrl-C. Resolves with the exit code. */
async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = readStartOptions(args, env, (text) => process.stdout.write(text));
  if (options === undefined) return 0;
  const withSandbox = choosesSandbox(env);
  const fixedPort = fixedApiPort(env);
  mkdirSync(options.dataDir, { recursive: true });
  const release = own(join(options.dataDir, 'owner.json'), `The data folder ${options.dataDir}`);
  const stopping = untilAskedToStop();
  const view = createView(process.stdout);
  const run = { options, env, view, signal: stopping.signal };
  try {
    const end = await everything(run, withSandbox, fixedPort);
    if (end.text) view.say(end.text);
    return end.code;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    view.say('Stopped');
    return 0;
  } finally {
    stopping.release();
    release();
  }
}

async function everything(run: Run, withSandbox: boolean, fixedPort: number | undefined): Promise<End> {
  const { options, env, view, signal } = run;
  const { dataDir } = options;
  const earlier = withSandbox ? earlierSeed(options, join(dataDir, 'sandbox')) : undefined;
  const ports = await choosePorts(join(dataDir, 'ports.json'), fixedPort);
  const secrets = keptSecrets(join(dataDir, 'secrets.json'));
  const services = await startServices({ options, env, ports, secrets, withSandbox, view, signal });
  try {
    const { sandbox, temporalUi } = services;
    const url = apiUrlOf(ports);
    const outcome = async (): Promise<End> => {
      if (sandbox === null) {
        await services.startCairn();
        view.settle();
        view.say(realGuide({ apiUrl: url, publicUrl: env.PUBLIC_URL || url, temporalUi, dataDir }));
        return await never();
      }
      const seeded = earlier ?? (await seedSandbox(options, sandbox, view.say, signal));
      await services.startCairn();
      const api = { url, token: await staffToken(sandbox.assembly.controlUrl, seeded.portalId) };
      return await demo(run, services, api, seeded);
    };
    // The stop comes first: it also makes what is under way fail.
    return await Promise.race([askedToStop(signal), givenUp(services), outcome()]);
  } finally {
    view.settle();
    view.say('Stopping');
    await services.stop();
    view.say('Stopped');
  }
}

/** Connects, maps, shows the first sync, says how to go on, and stays. */
async function demo(run: Run, services: Services, api: LocalApi, seeded: Seeded): Promise<End> {
  const { options, view, signal } = run;
  await patiently(() => connectDropbox(api, signal), signal);
  const syncId = await patiently(() => ensureSync(api, seeded, signal), signal);
  const outcome = await untilConverged({ api, syncId, show: view.progress, signal });
  view.settle();
  const end = endOf(outcome, options.dataDir);
  view.say(`\n${end.text}`);
  if (options.exitWhenConverged) return { code: end.code };
  const { sandbox, temporalUi } = services;
  if (sandbox) {
    view.say(`\n${sandboxGuide({ api, temporalUi, sandbox, seeded, syncId, dataDir: options.dataDir })}`);
  }
  return await never();
}

/** What became of the first sync, for a person, and as an exit code for those who only wait for it. */
function endOf(outcome: Outcome, dataDir: string): { code: number; text: string } {
  switch (outcome.kind) {
    case 'converged': {
      const { sync, seconds } = outcome;
      const text = `Both sides are the same: ${counters(sync)}, seen after ${seconds.toFixed(1)} s.`;
      return { code: sync.progress.stuck > 0 ? 1 : 0, text };
    }
    case 'halted':
      return {
        code: 1,
        text: `The sync has halted (${outcome.sync.haltReason ?? 'no reason given'}); the page says what to do.`,
      };
    case 'stalled':
      return {
        code: 1,
        text: `The sync does not get on: ${outcome.why}. Logs are in ${join(dataDir, 'logs')}.`,
      };
  }
}

const never = () => new Promise<never>(() => undefined);

const askedToStop = (signal: AbortSignal): Promise<End> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve({ code: 0 });
    signal.addEventListener('abort', () => resolve({ code: 0 }), { once: true });
  });

const givenUp = async (services: Services): Promise<End> => ({
  code: 1,
  text: `${(await services.givenUp).message}. Why is in its log, in the folder logs of the data folder.`,
});

function fixedApiPort(env: NodeJS.ProcessEnv): number | undefined {
  if (!env.PORT) return undefined;
  const port = /^\d{1,5}$/.test(env.PORT) ? Number(env.PORT) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`PORT: must be a whole number from 1 to 65535, not "${env.PORT}".`);
}

main(process.argv.slice(2), process.env).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);

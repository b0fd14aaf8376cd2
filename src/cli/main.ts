import { withDataDirEnv } from './dataDirEnv';
import { processIo } from './io';
import { runCli } from './program';

// In place: what the worker loads reads the environment by itself.
Object.assign(process.env, withDataDirEnv(process.env));

void runCli(process.argv.slice(2), processIo()).then((code) => {
  // Not process.exit: output into a pipe may still be under way.
  process.exitCode = code;
});

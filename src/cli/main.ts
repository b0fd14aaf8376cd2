import { processIo } from './io';
import { runCli } from './program';

void runCli(process.argv.slice(2), processIo()).then((code) => {
  // Not process.exit: output into a pipe may still be under way.
  process.exitCode = code;
});

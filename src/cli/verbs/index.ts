import type { Command } from 'commander';
import type { VerbContext } from '../verb';
import { apiVerb } from './api';
import { approveVerb } from './approve';
import { doctorVerb } from './doctor';
import { migrateVerb } from './migrate';
import { pauseVerb } from './pause';
import { planVerb } from './plan';
import { resumeVerb } from './resume';
import { resyncVerb } from './resync';
import { retryVerb } from './retry';
import { rotateKeysVerb } from './rotateKeys';
import { statusVerb } from './status';
import { stuckVerb } from './stuck';
import { sweepVerb } from './sweep';
import { syncsVerb } from './syncs';
import { verifyVerb } from './verify';
import { workerVerb } from './worker';

/** Every verb, in the order of `--help`. */
export const VERBS: readonly ((context: VerbContext) => Command)[] = [
  syncsVerb,
  statusVerb,
  stuckVerb,
  retryVerb,
  planVerb,
  verifyVerb,
  resyncVerb,
  pauseVerb,
  resumeVerb,
  approveVerb,
  sweepVerb,
  doctorVerb,
  rotateKeysVerb,
  migrateVerb,
  apiVerb,
  workerVerb,
];

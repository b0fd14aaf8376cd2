import type { Command } from 'commander';
import { CairnError } from '../../domain/errors';
import { createVerb, type VerbContext } from '../verb';

export const sweepVerb = (context: VerbContext): Command =>
  createVerb('sweep', 'Runs the sweep now, which wakes whatever was forgotten.', ['sweep']).action(
    async () => {
      const temporal = await context.services().temporal();
      if ((await temporal.sweepNow()) === 'missing') {
        throw new CairnError(
          'unavailable',
          'There is no sweep schedule yet: a worker creates it when it starts.',
        );
      }
      context.io.say('The sweep runs.');
    },
  );

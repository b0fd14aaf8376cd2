import type { Command } from 'commander';
import { serveApi } from '../serveApi';
import { untilStopped } from '../untilStopped';
import { createVerb, type VerbContext } from '../verb';

export const apiVerb = (context: VerbContext): Command =>
  createVerb('api', 'Serves the HTTP API and the page until SIGTERM or SIGINT.', ['api']).action(async () => {
    const server = await serveApi(context.services());
    context.io.say(`The API listens on ${server.address}.`);
    await untilStopped();
    context.io.say('The API finishes what it has begun.');
    await server.stop();
  });

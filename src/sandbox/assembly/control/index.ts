import { type Asked, askedHere, type Call } from '../http/call';
import { refusal } from '../http/refusal';
import { isStored, type Reply, replyForError } from '../http/reply';
import { sendReply } from '../http/send';
import type { Sandbox } from '../sandbox';
import { fileControl } from './fileRoutes';
import { peopleControl } from './peopleRoutes';
import type { ControlRoute } from './route';
import { simulationControl } from './simulationRoutes';

const routes: readonly ControlRoute[] = [...fileControl, ...peopleControl, ...simulationControl];

/** Every control route as `METHOD /path`, for whoever documents them. */
export const ASSEMBLY_CONTROL_ROUTES: readonly string[] = routes.map(
  ({ method, path }) => `${method} ${path}`,
);

/** Answers a call to the control routes, which are not logged, not limited and never faulted. */
export const control = async (sandbox: Sandbox, call: Call): Promise<void> => {
  const reply = await answer(sandbox, call);
  if (!call.response.destroyed) await sendReply(call.response, reply);
};

/** The same for who lives in the same process. `target` is the path below `/control`, with its query. */
export const controlHere = async (
  sandbox: Sandbox,
  method: string,
  target: string,
  content: string,
): Promise<{ status: number; text: string }> => {
  const { status, body } = await answer(sandbox, askedHere(method, `/control${target}`, content));
  if (isStored(body)) throw new Error(`${target} answers with a file; ask for it over HTTP`);
  return { status, text: body.toString('utf8') };
};

const answer = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  try {
    return await routeOf(call).handle(sandbox, call);
  } catch (error) {
    return replyForError(error);
  }
};

const routeOf = (call: Asked): ControlRoute => {
  const path = call.pathname.slice('/control'.length);
  const matching = routes.filter(
    (one) => one.path === path || (one.withId && path.startsWith(`${one.path}/`)),
  );
  const route = matching.find((one) => one.method === call.method);
  if (route !== undefined) return route;
  throw matching.length > 0
    ? refusal(405, `${path} does not take ${call.method}`)
    : refusal(404, `no control route ${path}`);
};

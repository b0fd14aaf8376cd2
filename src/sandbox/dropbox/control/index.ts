import type { Reply } from '../http/reply';
import { textReply } from '../http/reply';
import type { ControlRequest } from '../server';
import { adminRoutes } from './admin';
import { lookRoutes } from './look';
import { personRoutes } from './person';
import { type ControlHandler, type ControlParts, controlRefusal } from './route';
import { seed } from './seed';
import { troubleRoutes } from './trouble';

const HANDLERS: Readonly<Record<string, ControlHandler>> = {
  ...personRoutes,
  ...lookRoutes,
  ...adminRoutes,
  ...troubleRoutes,
  'POST /seed': seed,
};

/** Every control route as `METHOD /path`, for whoever documents them. */
export const DROPBOX_CONTROL_ROUTES: readonly string[] = Object.keys(HANDLERS);

/** Routes for acting as a person, looking inside and making trouble; no part of the real service. */
export const createControl =
  (parts: ControlParts) =>
  async (request: ControlRequest): Promise<Reply> => {
    const name = `${request.method} ${request.path}`;
    const handler = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
    if (!handler) return textReply(`no control route ${name}`, 404);
    try {
      return await handler(parts, request);
    } catch (error) {
      return controlRefusal(error);
    }
  };

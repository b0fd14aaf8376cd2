import { fileRoutes } from './fileRoutes';
import { peopleRoutes } from './peopleRoutes';
import type { ApiRoute } from './route';

interface Matcher {
  readonly route: ApiRoute;
  readonly method: string;
  readonly pattern: RegExp;
}

/** A channel's id has a slash, so its `{id}` may be two segments; every other is one. */
const matcher = (route: ApiRoute): Matcher => {
  const [method = '', path = ''] = route.name.split(' ');
  const segment = path.startsWith('/v1/channels/') ? '(?<id>.+)' : '(?<id>[^/]+)';
  return { route, method, pattern: new RegExp(`^${path.replace('{id}', segment).replace(/\/$/, '/?')}$`) };
};

const matchers = [...fileRoutes, ...peopleRoutes].map(matcher);

/** There is no route to rename, move, overwrite, copy, search or get by path, as in the real API. */
export const findRoute = (method: string, pathname: string): { route: ApiRoute; id: string } | null => {
  for (const { route, method: wanted, pattern } of matchers) {
    const match = wanted === method ? pattern.exec(pathname) : null;
    if (match !== null) return { route, id: match.groups?.id ?? '' };
  }
  return null;
};

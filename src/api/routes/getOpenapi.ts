import { z } from 'zod';
import { describeRoutes } from '../openapi';
import { publicRoute, type Route } from '../route';

export const getOpenapi = (routes: () => readonly Route[]): Route => {
  let description: Record<string, unknown> | null = null;
  return publicRoute({
    method: 'get',
    path: '/openapi.json',
    summary: 'This description.',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({}) } },
    handle: () => {
      description ??= describeRoutes(routes());
      return { status: 200, body: description };
    },
  });
};

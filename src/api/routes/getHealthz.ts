import { z } from 'zod';
import { publicRoute, type Route } from '../route';

const Healthy = z.object({ status: z.literal('ok') });

export const getHealthz = (): Route =>
  publicRoute({
    method: 'get',
    path: '/healthz',
    summary: 'Whether the process lives.',
    answers: { 200: { description: 'It does.', schema: Healthy } },
    handle: () => ({ status: 200, body: { status: 'ok' } }),
  });

import { readUsage, usageMonth } from '../../store/usage';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { UsageBody } from '../schemas';

export const getUsage = ({ store, config, now }: RouteDeps): Route =>
  portalRoute({
    method: 'get',
    path: '/api/usage',
    summary: 'API calls of the portal in this month (UTC), by side and kind, against the budget.',
    answers: { 200: { description: 'The calls.', schema: UsageBody } },
    async handle({ portalId }) {
      const month = usageMonth(now());
      const { dropbox, assembly } = await readUsage(store, portalId, month);
      const budget = config.assembly.monthlyBudget;
      return { status: 200, body: { month, assembly: { ...assembly, budget }, dropbox } };
    },
  });

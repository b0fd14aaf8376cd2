import type { RouteDeps } from '../../src/api/deps';
import type { Context } from '../../src/api/route';
import { postApprove } from '../../src/api/routes/postApprove';
import { testConfig } from '../store/api/harness';
import type { Grounds, Sim } from './sim';

/** Asks the API's own route to let the deletes of a halt go ahead. */
export const approve = (sim: Sim, haltId: string): void =>
  sim.act('approve', async (deps) => {
    const route = postApprove({ ...deps, config: testConfig() } as unknown as RouteDeps);
    const { portalId, syncId } = sim.ref;
    const context = { params: { id: syncId }, body: { haltId }, requestId: 'request-1' };
    await route.handle(context as unknown as Context<unknown, unknown, unknown>, {
      kind: 'operator',
      portalId,
    });
  });

export const haltOf = async (sim: Sim, grounds: Grounds) =>
  await grounds.database.store.prisma.channelSync.findUniqueOrThrow({ where: { id: sim.ref.syncId } });

/** Approves the mass delete at which the sync has halted, where it has. */
export async function approveHalt(sim: Sim, grounds: Grounds): Promise<void> {
  const { haltId, haltReason } = await haltOf(sim, grounds);
  if (haltReason === 'mass_delete' && haltId !== null) approve(sim, haltId);
}

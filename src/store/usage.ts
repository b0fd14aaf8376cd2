import { SIDES, type Side } from '../domain/types';
import type { Store } from './client';

export interface SideUsage {
  readonly calls: number;
  readonly byKind: Readonly<Record<string, number>>;
}

/** The month that calls are counted in: UTC, `2026-11`. */
export const usageMonth = (at: Date): string => at.toISOString().slice(0, 7);

/** The portal's API calls in a month, by side and kind. */
export async function readUsage(
  store: Store,
  portalId: string,
  month: string,
): Promise<Record<Side, SideUsage>> {
  const rows = await store.prisma.apiUsage.findMany({
    where: { portalId, month },
    orderBy: { kind: 'asc' },
    select: { side: true, kind: true, calls: true },
  });
  const ofSide = (side: Side): SideUsage => {
    const own = rows.filter((row) => row.side === side);
    return {
      calls: own.reduce((sum, row) => sum + Number(row.calls), 0),
      byKind: Object.fromEntries(own.map((row) => [row.kind, Number(row.calls)])),
    };
  };
  const [dropbox, assembly] = SIDES;
  return { dropbox: ofSide(dropbox), assembly: ofSide(assembly) };
}

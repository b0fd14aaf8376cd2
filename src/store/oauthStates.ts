import { inTransaction, type Store } from './client';

export interface OauthStateRecord {
  /** Hash of the state that went to Dropbox and comes back: the row alone finishes nothing. */
  readonly stateHash: string;
  /** Hash of the cookie of the browser that started. */
  readonly browserHash: string;
  /** Ciphertext. */
  readonly codeVerifier: string;
  readonly expiresAt: Date;
}

/** Started and unfinished at once per portal; older ones give way. */
const MAX_OPEN_STATES = 20;

/** Stores a started connect flow, and drops the portal's expired and surplus ones. */
export async function saveOauthState(
  store: Store,
  portalId: string,
  state: OauthStateRecord,
  now: Date,
): Promise<void> {
  await inTransaction(store, async (tx) => {
    await tx.oauthState.deleteMany({ where: { portalId, expiresAt: { lte: now } } });
    await tx.oauthState.create({ data: { portalId, ...state } });
    const surplus = await tx.oauthState.findMany({
      where: { portalId },
      orderBy: { expiresAt: 'desc' },
      skip: MAX_OPEN_STATES,
      take: MAX_OPEN_STATES,
      select: { stateHash: true },
    });
    await tx.oauthState.deleteMany({
      where: { portalId, stateHash: { in: surplus.map((row) => row.stateHash) } },
    });
  });
}

/**
 * Takes a started flow, once: of two callers at the same time one gets it. `null` for an unknown, used, or expired
 * state and for one that another browser started (that one stays usable by its own browser).
 * The portal is what the row says, never what the caller says.
 */
export async function consumeOauthState(
  store: Store,
  given: { stateHash: string; browserHash: string; now: Date },
): Promise<{ portalId: string; codeVerifier: string } | null> {
  const rows = await store.prisma.$queryRaw<{ portal_id: string; code_verifier: string }[]>`
    DELETE FROM oauth_states
    WHERE state_hash = ${given.stateHash} AND browser_hash = ${given.browserHash} AND expires_at > ${given.now}
    RETURNING portal_id, code_verifier`;
  const [row] = rows;
  return row === undefined ? null : { portalId: row.portal_id, codeVerifier: row.code_verifier };
}

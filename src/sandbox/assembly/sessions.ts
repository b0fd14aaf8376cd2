const MAX_SESSIONS = 10_000;

export interface Sessions {
  /** Whether a session is past its life, which begins when its token is minted or first seen. */
  isExpired(tokenId: string, lifetimeSeconds: number): boolean;
}

export const createSessions = (nowMs: () => number): Sessions => {
  const startedAt = new Map<string, number>();
  return {
    isExpired: (tokenId, lifetimeSeconds) => {
      const started = startedAt.get(tokenId) ?? nowMs();
      startedAt.set(tokenId, started);
      const [oldest] = startedAt.keys();
      if (startedAt.size > MAX_SESSIONS && oldest !== undefined) startedAt.delete(oldest);
      return nowMs() >= started + lifetimeSeconds * 1000;
    },
  };
};

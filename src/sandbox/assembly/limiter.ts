const WINDOW_MS = 1000;

/** Admits at most `rps` calls in any second and scope; 0 admits all. A refused call does not count. */
export const createLimiter = (rps: number, nowMs: () => number): { admit(scope: string): boolean } => {
  const windows = new Map<string, number[]>();
  return {
    admit: (scope) => {
      if (rps === 0) return true;
      const now = nowMs();
      const recent = (windows.get(scope) ?? []).filter((at) => at > now - WINDOW_MS);
      const admitted = recent.length < rps;
      windows.set(scope, admitted ? [...recent, now] : recent);
      return admitted;
    },
  };
};

/** Calls per scope and calendar month (UTC), since this process started. */
export const createQuota = (nowMs: () => number): { spend(scope: string, quota: number): boolean } => {
  const spent = new Map<string, number>();
  return {
    spend: (scope, quota) => {
      const key = `${new Date(nowMs()).toISOString().slice(0, 7)} ${scope}`;
      const calls = spent.get(key) ?? 0;
      if (quota > 0 && calls >= quota) return false;
      spent.set(key, calls + 1);
      return true;
    },
  };
};

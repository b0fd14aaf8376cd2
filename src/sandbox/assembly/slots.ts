/** Lets at most `count` tasks run at once; the others wait in order. */
export const createSlots = (count: number): { run<T>(task: () => Promise<T>): Promise<T> } => {
  const waiting: (() => void)[] = [];
  let free = count;

  const acquire = async (): Promise<void> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };

  return {
    run: async (task) => {
      await acquire();
      try {
        return await task();
      } finally {
        release();
      }
    },
  };
};

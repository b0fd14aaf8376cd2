import { runHistories } from '../sim/histories';

// As many as were asked for: `npm run test:storm -- --histories 20000`.
test(
  'a storm of histories',
  async () => {
    const asked = Number(process.env.STORM_HISTORIES ?? 0);
    const done = await runHistories({ seconds: 0, atLeast: asked });
    process.stdout.write(`${done} histories\n`);
  },
  2 ** 31 - 1,
);

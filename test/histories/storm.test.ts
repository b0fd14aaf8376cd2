import { runHistories } from '../sim/histories';

// As many as were asked for: `npm run test:storm -- --histories 20000`.
test('a storm of histories', () => runHistories(Number(process.env.STORM_HISTORIES ?? 0)), 2 ** 31 - 1);

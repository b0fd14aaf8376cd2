import { stormOf } from '../sim/histories';

// As many as were asked for, together with the other half: `npm run test:storm -- --histories 20000`.
test('a storm of histories, second half', () => stormOf(1), 2 ** 31 - 1);

import { appendFileSync } from 'node:fs';
import { openGrounds } from '../sim';
import { ALL_ROWS } from './rows';
import { settle, switchBoth } from './run';

test('debug', async () => {
  const wanted = process.env.ROW!;
  const row = ALL_ROWS.find((one) => one.name.includes(wanted))!;
  const grounds = await openGrounds();
  await switchBoth(grounds, row.switches);
  const sim = await grounds.start({ continueAsNew: 0, ...row.options });
  if (row.before) {
    await row.before(sim, grounds);
    await settle(sim, 'as told');
  }
  sim.log.splice(0);
  await row.act(sim, grounds);
  await row.meanwhile?.(sim);
  try {
    await settle(sim, (process.env.DELIVERY as 'as told') ?? 'as told');
  } catch (error) {
    sim.log.push(String(error));
  }
  appendFileSync(
    '/tmp/debug.log',
    `${row.name}\n${sim.log.join('\n')}\n${(await sim.owed()).join('\n')}\n${JSON.stringify(await sim.shown(), null, 1)}\n`,
  );
  await sim.end();
  await grounds.close();
}, 60_000);

import type { Sim } from './sim';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();

async function story(seed: number): Promise<Sim> {
  const sim = await grounds.start({ seed });
  await sim.dropbox.put('/a.txt', 'one');
  await sim.assembly.put('/docs/b.txt', 'two');
  for (let turns = 0; turns < 20; turns++) {
    if (sim.events.waiting.length > 0) sim.events.deliver();
    await sim.turn();
  }
  await sim.dropbox.rename('/a.txt', '/c.txt');
  sim.crash();
  await sim.settle();
  return sim;
}

test('what people make on either side comes to the other', async () => {
  const sim = await story(1);
  await sim.expectAtRest({ tree: ['file /c.txt', 'folder /docs', 'file /docs/b.txt'] });
  await sim.end();
});

test('the same seed gives the same history, step by step', async () => {
  const logs: string[][] = [];
  for (const seed of [7, 7, 8]) {
    const sim = await story(seed);
    logs.push(sim.log);
    await sim.end();
  }
  expect(logs[1]).toEqual(logs[0]);
  expect(logs[2]).not.toEqual(logs[0]);
});

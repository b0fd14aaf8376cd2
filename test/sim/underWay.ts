import type { Task } from './scheduler';
import type { Sim } from './sim';

/** Steps of a scenario in which people act while something is under way. `sim` gives the history that the test runs. */
export function underWay(sim: () => Sim) {
  const taskAt = (name: string, gate: string): Task | undefined =>
    sim()
      .scheduler.runnable()
      .find((task) => task.name === name && task.at === gate);

  const isUnderWay = (task: Task): boolean => sim().scheduler.runnable().includes(task);

  /** All that goes on, but for one task, until another one stands at a gate. */
  async function goOnUntil(name: string, gate: string, held?: Task): Promise<Task> {
    for (let turns = 0; turns < 400; turns++) {
      const there = taskAt(name, gate);
      if (there) return there;
      if (sim().events.waiting.length > 0) sim().events.deliver();
      const task = sim()
        .scheduler.runnable()
        .find((one) => one !== held);
      if (task) await sim().turn(task);
      else await sim().tick();
    }
    throw new Error(`${name} never came to ${gate}`);
  }

  /** What has just been seen is planned, and nothing of the plan is carried out yet. */
  async function plan(held: Task): Promise<void> {
    await goOnUntil('planSync', 'beforeTransaction planSync', held);
    await sim().turn(taskAt('planSync', 'beforeTransaction planSync'));
  }

  /** The task by itself, and what its item does next, until that is recorded. */
  async function carryOut(task: Task): Promise<void> {
    while (isUnderWay(task)) await sim().turn(task);
    const settle = await goOnUntil('settleOperation', 'start');
    while (isUnderWay(settle)) await sim().turn(settle);
  }

  /** The item is opened after what became of it was seen, and goes on as far as it can before the next plan. */
  async function openBeforeThePlan(opening: Task): Promise<void> {
    const planning = await goOnUntil('planSync', 'beforeTransaction planSync', opening);
    while (isUnderWay(opening)) await sim().turn(opening);
    const next = () =>
      sim()
        .scheduler.runnable()
        .find((task) => task !== planning);
    for (let task = next(); task; task = next()) await sim().turn(task);
    await sim().settle();
  }

  return { taskAt, isUnderWay, goOnUntil, plan, carryOut, openBeforeThePlan };
}

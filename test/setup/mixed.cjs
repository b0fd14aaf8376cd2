const Sequencer = require('@jest/test-sequencer').default;

/** So many tests that keep a core busy for each that mostly waits. */
const BUSY = 2;

/**
 * Tests of real processes mostly wait, those of the simulation keep a core busy: they take turns, and both come before the
 * rest. Of a first run jest knows no times and would go by size, but the longest tables are in the smallest files.
 */
module.exports = class Mixed extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const of = (...projects) =>
      sorted.filter(({ context }) => projects.includes(context.config.displayName?.name));
    const waiting = of('e2e', 'web');
    const busy = of('sim');
    const turns = Array.from(
      { length: Math.max(waiting.length, Math.ceil(busy.length / BUSY)) },
      (_, turn) => [waiting[turn], ...busy.slice(turn * BUSY, (turn + 1) * BUSY)],
    );
    const first = turns.flat().filter((test) => test !== undefined);
    return [...first, ...sorted.filter((test) => !first.includes(test))];
  }
};

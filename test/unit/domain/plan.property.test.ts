import fc from 'fast-check';
import { pathKey } from '../../../src/domain/paths';
import { type Decision, type PlanInput, plan } from '../../../src/domain/plan';
import type { Side } from '../../../src/domain/types';
import { anyInput, fileWorld, folderWorld } from './planArbitraries';
import { mirrored } from './planMirror';
import { runToRest, type Settling, type WorldItem } from './planWorld';

const RUNS = { numRuns: 5000 };
const world = fc.oneof({ weight: 3, arbitrary: fileWorld }, { weight: 1, arbitrary: folderWorld });
const settling = fc.constantFrom<Settling>('whole', 'narrow');

const deletedSide = (decision: Decision): Side | null =>
  decision.do === 'operate' && decision.action === 'delete' ? decision.target : null;

describe('over anything the types allow', () => {
  test('it always decides, by a rule of the table, and only what can be done', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const decision = plan(input);
        expect(decision.rule).toBeGreaterThanOrEqual(1);
        expect(decision.rule).toBeLessThanOrEqual(14);
        expect(decision.rule).not.toBe(13);
        expect(isPossible(input, decision)).toBe(true);
      }),
      RUNS,
    );
  });

  test('it decides the same every time and changes nothing it is given', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const before = structuredClone(input);
        expect(plan(structuredClone(input))).toEqual(plan(input));
        expect(input).toEqual(before);
      }),
      RUNS,
    );
  });

  test('a goal that was stored as the item path is the goal again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyInput,
          world.map(({ input }) => input),
        ),
        (input) => {
          const decision = plan(input);
          if (decision.do !== 'close') expect(plan({ ...input, itemPath: decision.path })).toEqual(decision);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  test('it never deletes what was never agreed, is pinned, occupied, edited or not known to be unedited', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const side = deletedSide(plan(input));
        if (side === null) return;
        const seen = input[side];
        const { base } = input;
        expect(seen).not.toBeNull();
        expect(input[side === 'dropbox' ? 'assembly' : 'dropbox']).toBeNull();
        expect(base).not.toBeNull();
        expect(input.pinned).toBe(false);
        if (input.object === 'folder') expect(input.occupied).toBe(false);
        else expect(isProvenUnedited(input, side)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  test('it asks for bytes only while they are unknown', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        if (plan(input).do !== 'compare') return;
        expect(input.object).toBe('file');
        expect(input.assembly?.hash).toBeNull();
        const read = (hash: string): PlanInput => ({
          ...input,
          assembly: input.assembly && { ...input.assembly, hash },
        });
        for (const hash of ['h0', 'h1', 'h2']) expect(plan(read(hash)).do).not.toBe('compare');
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('carried out and planned again', () => {
  test('every item comes to rest, equal on both sides', () => {
    fc.assert(
      fc.property(world, settling, (item, how) => {
        for (const { item: last, decision } of runToRest(item, how).ended) {
          if (decision.do !== 'nothing') continue;
          const { dropbox, assembly, placed } = last.input;
          expect(dropbox).not.toBeNull();
          expect(last.bytes.dropbox).toBe(last.bytes.assembly);
          expect(pathKey(placed.dropbox ?? '')).toBe(pathKey(assembly?.path ?? ''));
        }
      }),
      { numRuns: 10_000 },
    );
  });

  test('no version is lost that its own side did not delete or replace', () => {
    fc.assert(
      fc.property(fileWorld, settling, (item, how) => {
        const left = new Set(
          runToRest(item, how).ended.flatMap(({ item: { bytes } }) => Object.values(bytes)),
        );
        for (const version of versionsToKeep(item)) expect(left).toContain(version);
      }),
      { numRuns: 10_000 },
    );
  });

  test('what has come to rest plans no write, and the same seen again plans nothing', () => {
    fc.assert(
      fc.property(world, settling, (item, how) => {
        for (const { item: last, decision } of runToRest(item, how).ended) {
          expect(plan(last.input)).toEqual(decision);
          expect(runToRest(last, how).decisions).toEqual([decision]);
        }
      }),
      RUNS,
    );
  });

  test('each end is reached, so none of the above is empty', () => {
    const ends = new Set<string>();
    const steps = new Set<string>();
    for (const item of fc.sample(world, { numRuns: 4000, seed: 1 })) {
      const { ended, decisions } = runToRest(item, 'whole');
      for (const { decision } of ended) ends.add(decision.do);
      for (const step of decisions)
        steps.add(step.do === 'operate' ? `${step.action} ${step.target}` : step.do);
    }
    expect(ends).toEqual(new Set(['nothing', 'close', 'unsyncable']));
    expect([...steps].sort()).toEqual(
      [
        'advance',
        'close',
        'compare',
        'keepBoth',
        'nothing',
        'unsyncable',
        ...['create', 'update', 'move', 'delete'].flatMap((action) => [
          `${action} dropbox`,
          `${action} assembly`,
        ]),
      ].sort(),
    );
  });
});

describe('with both sides exchanged', () => {
  test('the same rule applies to the other side, except where Dropbox goes before', () => {
    let compared = 0;
    fc.assert(
      fc.property(world, (item) => {
        const image = mirrored(item.input);
        if (image === null) return;
        const decision = plan(item.input);
        const reflected = plan(image);
        expect(reflected.rule).toBe(decision.rule);
        if (decision.rule === 8) return;
        compared += 1;
        expect(reflected).toEqual(
          decision.do === 'operate'
            ? { ...decision, target: decision.target === 'dropbox' ? 'assembly' : 'dropbox' }
            : decision,
        );
      }),
      { numRuns: 20_000 },
    );
    expect(compared).toBeGreaterThan(500);
  });
});

/** An operation needs a source, or something to act on. */
function isPossible({ object, base, dropbox, assembly }: PlanInput, decision: Decision): boolean {
  const isPair = dropbox !== null && assembly !== null;
  switch (decision.do) {
    case 'nothing':
      return isPair && base !== null;
    case 'advance':
      return isPair;
    case 'keepBoth':
      return isPair && object === 'file';
    case 'compare':
      return assembly !== null && object === 'file';
    case 'unite':
      return base === null && dropbox === null && object === 'file';
    case 'close':
      return dropbox === null && assembly === null;
    case 'unsyncable':
      return dropbox !== null || assembly !== null;
    case 'operate': {
      const isThere = (decision.target === 'dropbox' ? dropbox : assembly) !== null;
      if (decision.action === 'create') return !isThere && (dropbox !== null || assembly !== null);
      return decision.action === 'delete' ? !isPair && isThere : isPair;
    }
  }
}

/** Told without the plan's own functions: the hash, or else the rev or the id with a fitting version, is the base's. */
function isProvenUnedited({ base, dropbox, assembly }: PlanInput, side: Side): boolean {
  const seen = side === 'dropbox' ? dropbox : assembly;
  if (base?.hash && seen?.hash) return base.hash === seen.hash;
  if (side === 'dropbox') return dropbox?.rev != null && dropbox.rev === base?.dropbox?.rev;
  const agreed = base?.assembly;
  const versions = new Set([agreed?.version, assembly?.version].filter((version) => version !== null));
  return agreed?.id === assembly?.id && versions.size <= 1;
}

/** New and edited versions, the agreed one where both sides still have it, and what was moved where the other deleted. */
function versionsToKeep({ input, bytes }: WorldItem): string[] {
  const { base, pinned } = input;
  const isKept = (side: Side): boolean => {
    const other = bytes[side === 'dropbox' ? 'assembly' : 'dropbox'];
    if (base === null || bytes[side] !== 'h0' || other === 'h0' || (pinned && other === null)) return true;
    const otherPath = side === 'dropbox' ? base.assembly?.path : base.dropbox?.path;
    const path = input[side]?.path;
    return other === null && path !== base[side]?.path && path !== otherPath;
  };
  return (['dropbox', 'assembly'] as const).flatMap((side) => {
    const version = bytes[side];
    return version !== null && isKept(side) ? [version] : [];
  });
}

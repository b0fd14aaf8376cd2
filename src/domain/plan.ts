import { barredAt, placeOnOtherSide } from './plan/barred';
import { planAgreed, planMeeting } from './plan/bothSides';
import type { Decision, PlanInput } from './plan/decision';
import { planOneSide } from './plan/oneSide';
import { routeOf } from './plan/route';

export { type Decision, describeDecision, type PlanInput } from './plan/decision';
export { MAX_FILE_SIZE } from './plan/operation';
export { RULES, type Rule, type RuleEntry } from './plan/rules';

/**
 * What one item is owed, from what both sides last agreed on and what was last seen of each. Pure and total: it
 * never throws, and the same input always gives the same decision. One decision at a time: once it is settled the
 * item is planned again, until nothing is owed.
 *
 * State of a side against the base: `=` same, `E` content edited, `M` path changed, `X` gone, `N` new (no base),
 * `-` never there. `RULES` is this table as data.
 *
 * |  # | dropbox, assembly        | plan |
 * |----|--------------------------|------|
 * |  1 | = , =                    | nothing |
 * |  2 | N , - or - , N           | create on the other side |
 * |  3 | N , N at one path        | same bytes: link, no transfer; two files of one path on Assembly: one goes. Otherwise keep both (5) |
 * |  4 | E , = or = , E           | update the other side |
 * |  5 | E , E                    | same bytes: advance the base. Otherwise Dropbox's version keeps the name and Assembly's gets a conflict name |
 * |  6 | M , = or = , M           | move the other side |
 * |  7 | M , M                    | same target: advance the base. Different: Dropbox's name wins |
 * |  8 | M on one, E on the other | both compose: content from E, path from M |
 * |  9 | X , = or = , X           | delete on the other side |
 * | 10 | X , X                    | close the item |
 * | 11 | X , E or M, either way   | the change beats the delete: recreate where it was deleted |
 * | 12 | folder X, occupied       | the folder stays for what is live below it |
 * | 13 | file against folder      | two items, made by the caller: one goes, one comes |
 * | 14 | the target can't hold it | unsyncable with the reason |
 *
 * Assembly gives no hash, so where its bytes alone can tell, `compare` asks for them. That asks at most once for a
 * version: a known hash always decides.
 */
export function plan(input: PlanInput): Decision {
  const decision = decide(input);
  const code = barredAt(input, decision);
  if (code === null || decision.do === 'close') return decision;
  const elsewhere = placeOnOtherSide(input, routeOf(input));
  const instead = elsewhere === null ? null : decide({ ...input, itemPath: elsewhere });
  if (instead !== null && barredAt(input, instead) === null) return instead;
  return { rule: 14, do: 'unsyncable', path: decision.path, code, detail: BARRED };
}

const BARRED = 'It is in a folder that is not synced; see the reason there.';

function decide(input: PlanInput): Decision {
  const { base, dropbox, assembly } = input;
  const route = routeOf(input);
  if (dropbox === null) {
    return assembly === null
      ? { rule: 10, do: 'close' }
      : planOneSide(input, route, { side: 'assembly', seen: assembly });
  }
  if (assembly === null) return planOneSide(input, route, { side: 'dropbox', seen: dropbox });
  const pair = { dropbox, assembly };
  return base === null ? planMeeting(input, route, pair) : planAgreed(input, route, base, pair);
}

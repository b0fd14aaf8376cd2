import { checkName } from '../names';
import { type Action, otherSide, type Side } from '../types';
import type { Decision, PlanInput } from './decision';
import type { Route } from './route';
import type { Rule } from './rules';

/** The largest file a side takes, in bytes: Assembly's documented 5 GiB, Dropbox's largest upload session. */
export const MAX_FILE_SIZE: Readonly<Record<Side, number>> = {
  assembly: 5 * 1024 ** 3,
  dropbox: 2_199_019_061_248,
};

const SIDE_NAMES: Readonly<Record<Side, string>> = { dropbox: 'Dropbox', assembly: 'Assembly' };

/** Operations that bring something to the target; a delete takes away and is never refused. */
type Bringing = Exclude<Action, 'delete'>;

/** The operation, or the reason why the target can't hold what it would bring (rule 14). */
export const operate = (
  input: PlanInput,
  route: Route,
  rule: Rule,
  action: Bringing,
  target: Side,
): Decision => {
  const refused = refusalOf(input, route, action, target);
  if (refused !== null) return { rule: 14, do: 'unsyncable', path: route.goal, ...refused };
  return { rule, do: 'operate', path: route.goal, action, target };
};

type Refusal = Pick<Extract<Decision, { do: 'unsyncable' }>, 'code' | 'detail'>;

const refusalOf = (input: PlanInput, route: Route, action: Bringing, target: Side): Refusal | null => {
  const bringsBytes = input.object === 'file' && action !== 'move';
  const putsName = action !== 'update' || route.owed[target];
  return (
    (bringsBytes ? refusalOfType(input, target) : null) ??
    (putsName ? (checkName(target, route.goal) ?? refusalOfPlace(input)) : null) ??
    (bringsBytes ? refusalOfSize(input, target) : null)
  );
};

const refusalOfType = (input: PlanInput, target: Side): Refusal | null =>
  target === 'assembly' && input.dropbox?.downloadable === false
    ? {
        code: 'not_downloadable',
        detail:
          'Dropbox does not hand this kind of document out as a file; export it to a file to have it synced.',
      }
    : null;

const refusalOfPlace = (input: PlanInput): Refusal | null =>
  input.blocked
    ? {
        code: 'name_collision',
        detail:
          'In Assembly a folder of this name holds a link, an unfinished upload or what is not synced, and can not give way; rename one of the two.',
      }
    : null;

const refusalOfSize = (input: PlanInput, target: Side): Refusal | null => {
  const size = input[otherSide(target)]?.size ?? null;
  const most = MAX_FILE_SIZE[target];
  return size !== null && size > most
    ? {
        code: 'file_too_large',
        detail: `The file has ${size} bytes, ${SIDE_NAMES[target]} takes ${most}; make it smaller or split it.`,
      }
    : null;
};

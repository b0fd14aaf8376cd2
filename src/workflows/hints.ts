import type { Origin, Review, Side } from '../domain/types';
import type { ChannelHint } from './messages';

/** More named objects than this in one burst, and one list is cheaper than reading each. */
export const MAX_NAMED_OBJECTS = 20;

/** What is to be looked at, from any number of hints. Plain data, so that it can be carried into a new run. */
export interface Agenda {
  look: boolean;
  dropbox: boolean;
  assemblyList: boolean;
  assemblyIds: string[];
  work: boolean;
  origin: Origin;
  /** Sides that the look which is on the agenda has been at already, while the other could not be observed. */
  looked: Side[];
  /** Resyncs that want to be told when the pass is over. */
  waiting: string[];
  /** What is still to be reviewed when all is done; runs from before there were reviews carry none. */
  review?: Review;
}

export const emptyAgenda = (): Agenda => ({
  look: false,
  dropbox: false,
  assemblyList: false,
  assemblyIds: [],
  work: false,
  looked: [],
  origin: 'sweep',
  waiting: [],
  review: 'waits',
});

const RANK: Record<Origin, number> = { operator: 0, resync: 1, initial: 2, webhook: 3, sweep: 4 };
const MAX_WAITING = 10;

/** Hints coalesce: a hundred events of one kind are one look. */
export function addHint(agenda: Agenda, hint: ChannelHint): void {
  if (RANK[hint.origin] < RANK[agenda.origin] || !hasWork(agenda)) agenda.origin = hint.origin;
  switch (hint.kind) {
    case 'look':
      agenda.look = true;
      agenda.looked = [];
      if (hint.resyncWorkflowId && agenda.waiting.length < MAX_WAITING)
        agenda.waiting.push(hint.resyncWorkflowId);
      return;
    case 'dropbox':
      agenda.dropbox = true;
      return;
    case 'assembly':
      addObjects(agenda, hint.ids);
      return;
    case 'both':
      agenda.dropbox = true;
      addObjects(agenda, hint.ids);
      return;
    case 'work':
      agenda.work = true;
      return;
    default:
      hint satisfies never;
  }
}

function addObjects(agenda: Agenda, ids: readonly string[]): void {
  if (ids.length === 0) agenda.assemblyList = true;
  for (const id of ids) if (!agenda.assemblyIds.includes(id)) agenda.assemblyIds.push(id);
  if (agenda.assemblyIds.length > MAX_NAMED_OBJECTS) agenda.assemblyList = true;
  if (agenda.assemblyList) agenda.assemblyIds = [];
}

export const wantsObservation = (agenda: Agenda): boolean =>
  agenda.look || agenda.dropbox || agenda.assemblyList || agenda.assemblyIds.length > 0;

export const hasWork = (agenda: Agenda): boolean => wantsObservation(agenda) || agenda.work;

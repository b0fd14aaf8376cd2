import type { ApiCall } from './apiCall';
import { badAnswer } from './errorTable';

/** For the operations where "not there" is no answer: the table has made it an error already. */
export const present = <T>(operation: ApiCall<T>['operation'], answer: T | null): T => {
  if (answer === null) throw badAnswer(operation, 'there is none');
  return answer;
};

/** A page that names itself as the next would be read for ever. */
export const goesOn = <T extends { nextToken: string | null }>(
  operation: ApiCall<T>['operation'],
  asked: string | undefined,
  page: T,
): T => {
  if (page.nextToken !== null && page.nextToken === asked)
    throw badAnswer(operation, 'its pages go round in a circle');
  return page;
};

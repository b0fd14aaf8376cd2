import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Api } from './api';
import type { PageAction } from './pageState';
import type { Place } from './route';

/** What every part of the page may use. */
export interface PageContext {
  readonly api: Api;
  readonly dispatch: (action: PageAction) => void;
  /** Says in a line, to eyes and ears, what has just been done. */
  readonly announce: (text: string) => void;
  readonly goTo: (place: Place) => void;
  /** One of the sides can't be used now. */
  readonly blocked: boolean;
}

const Context = createContext<PageContext | null>(null);
export const PageProvider = Context.Provider;

export function usePage(): PageContext {
  const page = useContext(Context);
  if (page === null) throw new Error('outside of the page');
  return page;
}

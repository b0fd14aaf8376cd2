import type { ComponentChildren } from 'preact';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import type { Pages } from './usePages';

interface PagedListProps<T> {
  readonly pages: Pages<T>;
  /** What is listed, for messages: "items", "operations". */
  readonly what: string;
  readonly empty: ComponentChildren;
  readonly children: (item: T) => ComponentChildren;
}

/** A list with its loading, empty and failed states, and more of it on request. */
export function PagedList<T>({ pages, what, empty, children }: PagedListProps<T>) {
  const { items, more, busy, error } = pages;
  return (
    <>
      {error === null ? null : (
        <Notice tone="bad" title={`The ${what} could not be read`}>
          <p>{error}</p>
          <div class="row">
            <Button onClick={pages.again}>Try again</Button>
          </div>
        </Notice>
      )}
      {items === null ? (
        error === null ? (
          <p class="row muted" role="status">
            <span class="spinner" aria-hidden="true" /> Reading the {what}
          </p>
        ) : null
      ) : items.length === 0 ? (
        <div class="empty">{empty}</div>
      ) : (
        <ul class="items">{items.map(children)}</ul>
      )}
      {more ? (
        <div class="row">
          <Button busy={busy} onClick={pages.readMore}>
            Show more
          </Button>
        </div>
      ) : null}
    </>
  );
}

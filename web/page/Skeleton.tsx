import { Notice } from '../ui/Notice';

/** Before the first answer: the page's shape, and after a while why there is nothing in it. */
export const Skeleton = ({ lost }: { readonly lost: boolean }) => (
  <>
    <h1 tabIndex={-1}>Assembly and Dropbox</h1>
    {lost ? (
      <Notice tone="warn" title="Cairn does not answer" alert>
        <p>The page tries again by itself. If this stays, check your connection or ask whoever runs Cairn.</p>
      </Notice>
    ) : (
      <p class="visually-hidden" role="status">
        Loading
      </p>
    )}
    <div class="card skeleton" aria-hidden="true" />
    <div class="card skeleton tall" aria-hidden="true" />
  </>
);

import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import type { Load } from './useLoad';

/** What stands in place of a list that is not there yet, or could not be read. */
export function LoadStates({ load, what }: { readonly load: Load<unknown>; readonly what: string }) {
  if (load.loading) {
    return (
      <p class="row muted" role="status">
        <span class="spinner" aria-hidden="true" /> Reading {what}
      </p>
    );
  }
  if (load.error === null) return null;
  return (
    <Notice tone="bad" title={`Could not read ${what}`} alert>
      <p>{load.error}</p>
      <div class="row">
        <Button onClick={load.again}>Try again</Button>
      </div>
    </Notice>
  );
}

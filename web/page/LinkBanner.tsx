import { useNow } from '../ui/useNow';
import type { PageState } from './pageState';
import { relative } from './words';

/** A drop shorter than this is nobody's business. */
const SILENT_MS = 1_500;

/** Says that what is shown may be old, for as long as it may be. */
export function LinkBanner({ state }: { readonly state: PageState }) {
  const now = useNow(1_000);
  const { lostAt, portal } = state;
  const shown = lostAt !== null && portal !== null && now - lostAt > SILENT_MS;
  return (
    <div role="status">
      {shown ? (
        <p class="link-banner">
          <strong>No connection to Cairn.</strong> What you see is how it was {relative(lostAt, now)}; syncing
          goes on without this page. Connecting again…
        </p>
      ) : null}
    </div>
  );
}

import { useNow } from '../ui/useNow';
import { relative } from './words';

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A point in time as a distance from now, exact on hover. */
export function Time({ at }: { readonly at: string }) {
  const now = useNow(10_000);
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={full.format(time)}>
      {relative(time, now)}
    </time>
  );
}

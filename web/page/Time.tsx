import { useNow } from '../ui/useNow';
import { relative } from './words';

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

interface TimeProps {
  readonly at: string;
  /** It is still to come. Anything else is past, even where two clocks differ. */
  readonly ahead?: boolean;
}

/** A point in time as a distance from now, exact on hover. */
export function Time({ at, ahead }: TimeProps) {
  const now = useNow(10_000);
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={full.format(time)}>
      {relative(time, ahead === true ? now : Math.max(now, time))}
    </time>
  );
}

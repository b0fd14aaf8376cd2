import type { Progress } from './progress';

/** What a person sees of `npm start`. */
export type View = {
  /** A part is being started. */
  starting(part: string, detail?: string): void;
  /** A part is up. */
  up(part: string, detail?: string): void;
  /** Something worth a line that stays. */
  say(text: string): void;
  progress(progress: Progress): void;
  /** Ends the live part; later lines are plain. */
  settle(): void;
};

export type Screen = {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
};

export const createView = (screen: Screen, now: () => number = Date.now): View =>
  screen.isTTY ? liveView(screen, now) : plainView(screen, now);

const PLAIN_PROGRESS_MS = 3_000;
const LIVE_FRAME_MS = 120;
const BAR = 24;

/** One line for each thing that happens; for logs and pipes. */
function plainView(screen: Screen, now: () => number): View {
  const line = (text: string) => screen.write(`${text}\n`);
  let shownAt = Number.NEGATIVE_INFINITY;
  let shown = '';
  return {
    starting: (part, detail) => line(`${part}: ${detail ?? 'starting'}`),
    up: (part, detail) => line(`${part}: up${detail ? ` (${detail})` : ''}`),
    say: line,
    progress(progress) {
      const text = counters(progress.sync);
      if (text === shown || now() - shownAt < PLAIN_PROGRESS_MS) return;
      shown = text;
      shownAt = now();
      line(`Sync: ${text}, ${progress.filesPerSecond.toFixed(1)} items/s`);
    },
    settle: () => undefined,
  };
}

/** A table of the parts and a progress bar, redrawn in place; lines that stay go above it. */
function liveView(screen: Screen, now: () => number): View {
  const parts = new Map<string, string>();
  let bar: string | undefined;
  let drawn = 0;
  let frameAt = Number.NEGATIVE_INFINITY;
  const erase = () => {
    if (drawn > 0) screen.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const draw = () => {
    erase();
    const rows = [...parts].map(([part, state]) => `  ${part.padEnd(12)} ${state}`);
    const lines = [...rows, ...(bar === undefined ? [] : ['', `  ${bar}`])];
    // A line that wraps would be two when it is erased.
    const width = Math.max(20, (screen.columns ?? 80) - 1);
    screen.write(lines.map((text) => `${text.slice(0, width)}\n`).join(''));
    drawn = lines.length;
  };
  return {
    starting(part, detail) {
      parts.set(part, `… ${detail ?? 'starting'}`);
      draw();
    },
    up(part, detail) {
      parts.set(part, `✓ ${detail ?? 'up'}`);
      draw();
    },
    say(text) {
      erase();
      screen.write(`${text}\n`);
      draw();
    },
    progress(progress) {
      if (now() - frameAt < LIVE_FRAME_MS && progress.sync.lastConvergedAt === null) return;
      frameAt = now();
      bar = `${progressBar(progress)} ${counters(progress.sync)}, ${progress.filesPerSecond.toFixed(1)} items/s`;
      draw();
    },
    settle() {
      draw();
      drawn = 0;
      parts.clear();
      bar = undefined;
    },
  };
}

function progressBar({ sync: { progress } }: Progress): string {
  const done = progress.settled + progress.unsyncable;
  const filled = progress.total === 0 ? 0 : Math.round((done / progress.total) * BAR);
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}]`;
}

/** `120 of 400 items the same, 1 retrying` */
export function counters({ state, progress }: Progress['sync']): string {
  const { total, settled, retrying, stuck, unsyncable, conflicts } = progress;
  const notable = Object.entries({ retrying, stuck, unsyncable, conflicts })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `, ${count} ${name}`);
  return `${settled} of ${total} items the same${notable.join('')}${state === 'initial' ? ' (still looking)' : ''}`;
}

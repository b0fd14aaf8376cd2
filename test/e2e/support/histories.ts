import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { HISTORIES, type NamedHistory } from '../../replay/support/replay';

/** An event as the server's JSON form has it; the fields that tell one course from another. */
export interface HistoryEvent {
  readonly eventType: string;
  readonly activityTaskStartedEventAttributes?: { readonly attempt?: number };
  readonly activityTaskScheduledEventAttributes?: { readonly activityType: { readonly name: string } };
}
export type Course = (events: readonly HistoryEvent[]) => boolean;

export const has =
  (...types: string[]): Course =>
  (events) =>
    types.every((type) => events.some((event) => event.eventType === `EVENT_TYPE_${type}`));

/** One run's history, as the server's JSON form has it. */
export async function historyOf(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<{ readonly events: readonly HistoryEvent[] }> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  return JSON.parse(historyToJSON(history));
}

/** The shortest history of each course, named `<workflow type>.<course>`, or what is still missing. */
export async function historiesOf(
  client: Client,
  courses: Readonly<Record<string, Course>>,
): Promise<NamedHistory[] | string> {
  const shortest = new Map<string, { length: number; history: unknown }>();
  for await (const { type, workflowId, runId } of client.workflow.list()) {
    const plain = anonymous(await historyOf(client, workflowId, runId)) as { events: HistoryEvent[] };
    for (const [name, course] of Object.entries(courses)) {
      const { length } = plain.events;
      if (!name.startsWith(`${type}.`) || !course(plain.events)) continue;
      if (length < (shortest.get(name)?.length ?? Number.POSITIVE_INFINITY)) {
        shortest.set(name, { length, history: plain });
      }
    }
  }
  const missing = Object.keys(courses).filter((name) => !shortest.has(name));
  if (missing.length > 0) return `no history of ${missing.join(', ')}`;
  return [...shortest].map(([name, { history }]) => ({ name, history }));
}

/** A replay needs neither who did something nor where in the sources an error came from. */
function anonymous(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(anonymous);
  if (typeof value === 'string') return value.replace(/\d+@[\w.-]+/g, 'worker');
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'stackTrace')
      .map(([key, inner]) => [key, key === 'identity' ? 'worker' : anonymous(inner)]),
  );
}

/** Writes them where `test/replay` finds them, if that is what this run is for. */
export function saveIfRecording(histories: readonly NamedHistory[]): void {
  if (process.env.SAVE_HISTORIES !== '1') return;
  mkdirSync(HISTORIES, { recursive: true });
  for (const { name, history } of histories) {
    writeFileSync(join(HISTORIES, `${name}.json`), `${JSON.stringify(history, null, 1)}\n`);
  }
}

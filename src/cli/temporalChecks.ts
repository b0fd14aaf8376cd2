import { ScheduleNotFoundError } from '@temporalio/client';
import type { TemporalGateway } from '../temporal/gateway';
import { QUEUES, SWEEP_SCHEDULE_ID } from '../temporal/ids';
import { SEARCH_ATTRIBUTES } from '../temporal/searchAttributes';
import { bad, type Finding, good } from './findings';
import type { Services } from './services';

const TIMEOUT_MS = 5_000;

/** The server answers, knows the search attributes, and has the sweep's Schedule. */
export async function temporalChecks(services: Services): Promise<Finding[]> {
  let gateway: TemporalGateway;
  try {
    gateway = await services.temporal();
    await gateway.ready(TIMEOUT_MS);
  } catch {
    return [
      bad(
        'temporal',
        'does not answer',
        'Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and that the server runs.',
      ),
    ];
  }
  return [
    good('temporal', 'answers'),
    await searchAttributes(gateway),
    await schedule(gateway),
    await workers(gateway),
  ];
}

async function searchAttributes({ client }: TemporalGateway): Promise<Finding> {
  const check = 'search attributes';
  try {
    const { namespace } = client.options;
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
    const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !Object.hasOwn(customAttributes ?? {}, name));
    if (missing.length === 0) return good(check, 'registered');
    const names = missing.map(({ name }) => `--name ${name} --type Keyword`).join(' ');
    return bad(
      check,
      `${missing.length} missing`,
      `Run: temporal operator search-attribute create --namespace ${namespace} ${names}`,
    );
  } catch {
    return bad(
      check,
      'can not be listed',
      'Check that the Temporal credentials may use the operator service.',
    );
  }
}

async function schedule({ client }: TemporalGateway): Promise<Finding> {
  const check = 'sweep schedule';
  try {
    const { state } = await client.schedule.getHandle(SWEEP_SCHEDULE_ID).describe();
    if (!state.paused) return good(check, 'there');
    return bad(
      check,
      'paused',
      `Run: temporal schedule toggle --schedule-id ${SWEEP_SCHEDULE_ID} --unpause --reason on`,
    );
  } catch (error) {
    return error instanceof ScheduleNotFoundError
      ? bad(check, 'missing', 'Start a worker once: `cairn worker` creates it.')
      : bad(check, 'can not be read', 'Check the Temporal credentials.');
  }
}

const ACTIVITIES = 2;

/** Every queue has a worker that asks it for work. */
async function workers({ client }: TemporalGateway): Promise<Finding> {
  const check = 'workers';
  try {
    const { namespace } = client.options;
    const idle: string[] = [];
    for (const name of Object.values(QUEUES)) {
      const { pollers } = await client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name },
        taskQueueType: ACTIVITIES,
      });
      if (!pollers?.length) idle.push(name);
    }
    if (idle.length === 0) return good(check, 'every queue is served');
    return bad(check, `nobody serves ${idle.join(', ')}`, 'Start a worker: `cairn worker`.');
  } catch {
    return bad(check, 'can not be listed', 'Check the Temporal credentials.');
  }
}

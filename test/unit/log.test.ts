import { createLogger } from '../../src/log';

function capture(level = 'info', format: 'json' | 'pretty' = 'json') {
  const lines: string[] = [];
  const logger = createLogger({ level, format }, { write: (line: string) => void lines.push(line) });
  return { logger, lines, text: () => lines.join('') };
}

const CANARY = 'canary-value-that-must-not-be-seen';

test.each([
  ['a field', { refreshToken: CANARY }],
  ['a header', { headers: { authorization: `Bearer ${CANARY}` } }],
  ['a header with dashes', { req: { headers: { 'X-API-Key': CANARY, 'x-assembly-token': CANARY } } }],
  ['snake case', { body: { refresh_token: CANARY, access_token: CANARY, client_secret: CANARY } }],
  ['a list', { items: [{ token: CANARY }] }],
  ['an OAuth code', { query: { code: `${CANARY}` } }],
  ['a URL query', { url: `https://s3.example.com/a/b?X-Amz-Signature=${CANARY}` }],
  ['a query of a path', { url: `/auth/dropbox/start?token=${CANARY}` }],
  ['a database URL', { where: `postgresql://cairn:${CANARY}@127.0.0.1:5432/cairn` }],
  ['an error', { err: new Error(`GET https://s3.example.com/a?sig=${CANARY} failed`) }],
  ['fields of an error', { err: Object.assign(new Error('no'), { request: { authorization: CANARY } }) }],
  ['the cause of an error', { err: new Error('no', { cause: new Error(`Bearer ${CANARY}`) }) }],
  ['a Dropbox token in text', { note: `used sl.${CANARY}` }],
])('keeps out a secret in %s', (_where, fields) => {
  const { logger, text } = capture();
  logger.info(fields, 'something happened');
  expect(text()).toContain('something happened');
  expect(text()).toContain('[redacted]');
  expect(text()).not.toContain(CANARY);
});

test('keeps secrets out of the message, of an error logged by itself, and of a child logger', () => {
  const { logger, text, lines } = capture();
  logger.info(`fetching https://s3.example.com/a?sig=${CANARY}`);
  logger.error(new Error(`fetching https://s3.example.com/a?sig=${CANARY}`));
  logger.child({ token: CANARY }).warn('child');
  expect(lines).toHaveLength(3);
  expect(text()).not.toContain(CANARY);
});

test('keeps what helps', () => {
  const { logger, lines } = capture();
  const err = Object.assign(new Error('broken'), { code: 'ECONNRESET' });
  logger.info(
    { portalId: 'p1', code: 'mapping_taken', calls: 3n, url: 'https://api.example.com/v1/files', err },
    'done',
  );
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 30,
    msg: 'done',
    portalId: 'p1',
    code: 'mapping_taken',
    calls: '3',
    url: 'https://api.example.com/v1/files',
    err: { type: 'Error', message: 'broken', code: 'ECONNRESET', stack: expect.stringContaining('broken') },
  });
});

test('a value that refers to itself or never ends does no harm', () => {
  const { logger, lines } = capture();
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  logger.info({ loop, long: 'x'.repeat(1_000_000), many: Array.from({ length: 10_000 }, () => 1) }, 'ok');
  expect(lines[0]!.length).toBeLessThan(30_000);
  expect(JSON.parse(lines[0]!).msg).toBe('ok');
});

test('the level holds, and pretty lines are redacted too', () => {
  const quiet = capture('warn');
  quiet.logger.info('not shown');
  expect(quiet.lines).toEqual([]);
  const nice = capture('info', 'pretty');
  nice.logger.info({ token: CANARY }, 'shown');
  expect(nice.text()).toContain('shown');
  expect(nice.text()).not.toContain(CANARY);
});

test('a Config can be given as it is', () => {
  const lines: string[] = [];
  const logger = createLogger(
    { logLevel: 'debug', logFormat: 'json' },
    { write: (line) => void lines.push(line) },
  );
  logger.debug('seen');
  expect(lines).toHaveLength(1);
});

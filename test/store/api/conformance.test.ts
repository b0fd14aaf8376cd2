import { createConformance } from './conformance';

/** The check that every answer in the tests of the API goes through has to be able to fail. */

const problem = {
  type: 'object',
  properties: { code: { type: 'string' } },
  required: ['code'],
  additionalProperties: false,
};
const conforms = createConformance({
  paths: {
    '/things/{id}': {
      get: {
        responses: {
          '200': {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: { id: { type: 'string' } },
                  required: ['id'],
                  additionalProperties: false,
                },
              },
            },
          },
          '204': {},
          '404': { content: { 'application/problem+json': { schema: { $ref: 'Problem' } } } },
        },
      },
    },
  },
  components: { schemas: { Problem: problem } },
});

const answer = (status: number, text: string, type = 'application/json; charset=utf-8') => ({
  status,
  text,
  headers: { 'content-type': type },
});
const PROBLEM = 'application/problem+json';

test.each([
  ['GET', '/things/1', answer(200, '{"id":"1"}')],
  ['HEAD', '/things/1?a=b', answer(200, '')],
  ['GET', '/things/1', answer(204, '')],
  ['GET', '/things/1', answer(404, '{"code":"not_found"}', PROBLEM)],
  ['PUT', '/things/1', answer(405, '{"code":"method_not_allowed"}', PROBLEM)],
  ['GET', '/nothing', answer(404, '{"code":"not_found"}', PROBLEM)],
])('%s %s %j is as described', (method, path, told) => {
  expect(() => conforms(method, path, told)).not.toThrow();
});

test.each([
  ['a status that is not declared', 'GET', '/things/1', answer(409, '{"code":"x"}', PROBLEM)],
  ['a field too many', 'GET', '/things/1', answer(200, '{"id":"1","more":1}')],
  ['a field of another type', 'GET', '/things/1', answer(200, '{"id":1}')],
  ['an error as plain JSON', 'GET', '/things/1', answer(404, '{"code":"x"}')],
  ['a body where none is declared', 'GET', '/things/1', answer(204, 'x')],
  ['a wrong method taken', 'PUT', '/things/1', answer(200, '{"id":"1"}')],
  ['an unknown address answered', 'GET', '/nothing', answer(200, '{}')],
])('%s is noticed', (_what, method, path, told) => {
  expect(() => conforms(method, path, told)).toThrow(
    path.startsWith('/things') ? '/things/{id}' : '/nothing',
  );
});

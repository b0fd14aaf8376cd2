import { z } from 'zod';
import { type ErrorCode, errorEntry } from '../domain/errors';
import type { Route } from './route';
import { ProblemBody } from './schemas';

type Json = Record<string, unknown>;

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
};

/** The OpenAPI description of exactly these routes, from the schemas that they parse with. */
export function describeRoutes(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cairn',
      version: '1',
      description: 'Keeps Assembly file channels and Dropbox folders the same.',
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(ProblemBody, 'output') },
      securitySchemes: {
        staff: { type: 'apiKey', in: 'header', name: 'X-Assembly-Token' },
        operator: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

/** `/api/syncs/:id` as OpenAPI writes it. */
export const openApiPath = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

function operation(route: Route): Json {
  const parameters = [
    ...parametersOf(route.params, 'path'),
    ...parametersOf(route.query, 'query'),
    ...(route.own ?? []).map((own) => ({ ...own, schema: { type: 'string' } })),
  ];
  if (route.access === 'portal') parameters.push(PORTAL_PARAMETER);
  return {
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }),
    responses: { ...answersOf(route), ...errorsOf(route) },
    security: route.access === 'portal' ? [{ staff: [] }, { operator: [] }] : [],
  };
}

const PORTAL_PARAMETER: Json = {
  name: 'portalId',
  in: 'query',
  required: false,
  description: 'Needed with an operator token only.',
  schema: { type: 'string' },
};

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function answersOf(route: Route): Json {
  const entries = Object.entries(route.answers).map(([status, { description, schema, contentType }]) => [
    status,
    {
      description,
      ...(schema === undefined
        ? {}
        : { content: { 'application/json': { schema: schemaOf(schema, 'output') } } }),
      ...(contentType === undefined ? {} : { content: { [contentType]: { schema: { type: 'string' } } } }),
    },
  ]);
  return Object.fromEntries(entries);
}

function errorsOf(route: Route): Json {
  const codes = new Set<ErrorCode>([...usualErrors(route), ...(route.errors ?? [])]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = errorEntry(code);
    if (route.answers[status] === undefined) byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      String(status),
      {
        description: ofStatus.map((code) => `\`${code}\`: ${errorEntry(code).help}`).join('\n'),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function usualErrors(route: Route): ErrorCode[] {
  const codes: ErrorCode[] = ['unexpected'];
  // Naming another portal is naming nothing.
  if (route.access === 'portal') codes.push('unauthorized', 'invalid_request', 'not_found');
  if (route.query !== undefined || route.body !== undefined) codes.push('invalid_request');
  if (route.body !== undefined || route.access === 'webhook') codes.push('body_too_large');
  if (route.params !== undefined) codes.push('not_found');
  return codes;
}

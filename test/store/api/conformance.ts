import { z } from 'zod';

interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

export interface OpenApi {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: { readonly Problem: object } };
}

interface Told {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

/**
 * Holds live answers against the description: the status must be one of those that the route declares, of the declared
 * media type, and its JSON must fit the declared schema with nothing besides. Throws where one does not.
 */
export function createConformance(api: OpenApi): (method: string, address: string, answer: Told) => void {
  const parsers = new Map<object, z.ZodType>();
  const parserOf = (schema: object): z.ZodType => {
    const known = parsers.get(schema);
    if (known !== undefined) return known;
    const parser = z.fromJSONSchema(
      ('$ref' in schema ? api.components.schemas.Problem : schema) as z.core.JSONSchema.JSONSchema,
    );
    parsers.set(schema, parser);
    return parser;
  };
  const problem = { 'application/problem+json': { schema: api.components.schemas.Problem } };

  return (method, address, answer) => {
    const path = pathOf(api, new URL(address, 'http://any').pathname);
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    const operation = path === null ? undefined : api.paths[path]?.[verb];
    const where = `${method} ${path ?? address} answered ${answer.status}`;
    if (operation === undefined) {
      const expected = path === null ? 404 : 405;
      if (answer.status !== expected) throw new Error(`${where}, which is no route: ${expected} is expected`);
      return check(where, method, answer, problem);
    }
    const declared = operation.responses[answer.status];
    if (declared === undefined) throw new Error(`${where}, which it does not declare: ${answer.text}`);
    check(where, method, answer, declared.content);
  };

  function check(
    where: string,
    method: string,
    answer: Told,
    content: Record<string, { schema?: object }> | undefined,
  ): void {
    if (method === 'HEAD') return;
    const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
    if (content === undefined) {
      if (answer.text !== '') throw new Error(`${where} with a body, and declares none`);
      return;
    }
    const schema = (content[type] ?? content['*/*'])?.schema;
    if (schema === undefined)
      throw new Error(`${where} as ${type}, and declares ${Object.keys(content).join()}`);
    if (!type.endsWith('json')) return;
    const parsed = parserOf(schema).safeParse(JSON.parse(answer.text));
    if (!parsed.success) throw new Error(`${where} with what does not fit: ${parsed.error.message}`);
  }
}

/** The described path that an address belongs to; one without parameters goes first. */
function pathOf({ paths }: OpenApi, pathname: string): string | null {
  if (paths[pathname] !== undefined) return pathname;
  const parts = pathname.split('/');
  const fits = (path: string): boolean => {
    const wanted = path.split('/');
    return (
      wanted.length === parts.length &&
      wanted.every((part, i) => part === parts[i] || (part.startsWith('{') && parts[i] !== ''))
    );
  };
  return Object.keys(paths).find(fits) ?? null;
}

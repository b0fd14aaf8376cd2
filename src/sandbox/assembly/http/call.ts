import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusal } from './refusal';

const MAX_JSON_BYTES = 1024 * 1024;

/** What is asked, however it came. */
export interface Asked {
  readonly method: string;
  /** Percent-encoded, as sent. */
  readonly pathname: string;
  readonly query: URLSearchParams;
  /** The body. Can be read once; counts what passes. */
  body(): AsyncIterable<Buffer>;
  bytesIn(): number;
}

/** One request. */
export interface Call extends Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What is asked within the process: `target` is a path with its query. */
export const askedHere = (method: string, target: string, content: string): Asked => {
  const url = new URL(target, 'http://sandbox');
  const bytes = Buffer.from(content);
  return {
    method,
    pathname: url.pathname,
    query: url.searchParams,
    async *body() {
      if (bytes.length > 0) yield bytes;
    },
    bytesIn: () => bytes.length,
  };
};

export const createCall = (request: IncomingMessage, response: ServerResponse): Call => {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  let bytesIn = 0;
  return {
    method: request.method ?? 'GET',
    pathname: url.pathname,
    query: url.searchParams,
    request,
    response,
    async *body() {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        bytesIn += chunk.length;
        yield chunk;
      }
    },
    bytesIn: () => bytesIn,
  };
};

/** The body as a JSON object; no body is `{}`. Refuses with 400 what is not one, with 413 above 1 MiB. */
export const readJson = async (call: Asked): Promise<Record<string, unknown>> => {
  const chunks: Buffer[] = [];
  for await (const chunk of call.body()) {
    chunks.push(chunk);
    if (call.bytesIn() > MAX_JSON_BYTES) throw refusal(413, 'the body is larger than 1 MiB');
  }
  const body = Buffer.concat(chunks).toString('utf8');
  const value = body.trim() === '' ? {} : parse(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal(400, 'the body must be a JSON object');
  }
  return { ...value };
};

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    throw refusal(400, 'the body is not valid JSON');
  }
};

/** A query parameter; the empty string counts as absent, because the official SDK sends empty filters. */
export const queryValue = (call: Asked, name: string): string | undefined => {
  const wanted = name.toLowerCase();
  for (const [key, value] of call.query) if (key.toLowerCase() === wanted && value !== '') return value;
  return undefined;
};

/** A path segment decoded; refuses with 400 what is no valid percent-encoding. */
export const decodeSegment = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw refusal(400, 'the path is not validly percent-encoded');
  }
};

import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { ErrorCode } from '../domain/errors';
import type { Caller } from './auth';

export type Method = 'get' | 'post' | 'patch' | 'delete';

export interface Reply {
  readonly status: number;
  /** JSON where the route's answer of that status has a schema, otherwise text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly description: string;
  /** JSON that fits the schema; unknown fields are dropped on the way out. */
  readonly schema?: z.ZodType;
  /** Where there is text rather than JSON. */
  readonly contentType?: string;
}

export interface Context<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly req: Request;
  readonly res: Response;
  readonly requestId: string;
}

/** What a handler reads by itself, because it is no plain part of a JSON call: tokens of pages, headers, signatures. */
export interface OwnParameter {
  readonly name: string;
  readonly in: 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
}

interface Shape<Params, Query, Body> {
  readonly method: Method;
  /** Express path. */
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly own?: readonly OwnParameter[];
  readonly answers: Readonly<Record<number, Answer>>;
  /** Besides what every route of its kind may answer. */
  readonly errors?: readonly ErrorCode[];
}

/** A route with its types checked and forgotten, as the application and `/openapi.json` take it. */
export interface Route extends Shape<unknown, unknown, unknown> {
  /** `portal`: a portal's staff or an operator. `webhook`: raw body, paced per source. `public`: anyone. */
  readonly access: 'portal' | 'webhook' | 'public';
  /** `null`: the handler has answered by itself. */
  handle(context: Context<unknown, unknown, unknown>, caller: Caller | null): Promise<Reply | null>;
}

type Handler<P, Q, B, C> = (context: Context<P, Q, B> & C) => Promise<Reply | null> | Reply | null;

/** A route of one portal: its handler learns the portal from the caller's token alone. */
export function portalRoute<P = unknown, Q = unknown, B = unknown>(
  shape: Shape<P, Q, B> & {
    handle: Handler<P, Q, B, { readonly caller: Caller; readonly portalId: string }>;
  },
): Route {
  return {
    ...shape,
    access: 'portal',
    async handle(context, caller) {
      if (caller === null) throw new Error('a portal route was called without a caller');
      // The application has parsed all three with this shape's own schemas.
      const typed = context as Context<P, Q, B>;
      return shape.handle({ ...typed, caller, portalId: caller.portalId });
    },
  };
}

/** A route that anyone may call, or that authenticates in its own way. */
export function publicRoute<P = unknown, Q = unknown, B = unknown>(
  shape: Shape<P, Q, B> & { access?: 'webhook' | 'public'; handle: Handler<P, Q, B, unknown> },
): Route {
  return {
    ...shape,
    access: shape.access ?? 'public',
    async handle(context) {
      return shape.handle(context as Context<P, Q, B>);
    },
  };
}

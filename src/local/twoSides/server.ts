import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { z } from 'zod';
import type { WebPage } from '../../api/webPage';
import { act, type Controls, Deed, fileUrl, readPlaces, readTrees, SIDES, versionOf } from './sides';

/** The page of `npm start` that shows both sides of the sandbox. It is no part of the product, and needs no token. */
export interface TwoSides {
  readonly url: string;
  close(): Promise<void>;
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PairQuery = z.object({ folder: z.string().startsWith('/'), channel: z.string().min(1) });
const TreesQuery = PairQuery.extend({ seen: z.string().optional() });
const SideParams = z.object({ side: z.enum(SIDES) });
const FileQuery = PairQuery.extend({ path: z.string().startsWith('/') });

export async function startTwoSides(
  options: Controls & { readonly port?: number; readonly page: WebPage },
): Promise<TwoSides> {
  const server = createServer(createApp(options));
  // Uploads may be large, and simulators slow.
  server.requestTimeout = 0;
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function createApp(options: Controls & { readonly page: WebPage }): Express {
  const { page } = options;
  const app = express();
  app.disable('x-powered-by');
  app.use(onlyFromHere, (_req, res, next) => {
    res.setHeader('Content-Security-Policy', POLICY);
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Cache-Control', 'no-store');
    next();
  });
  app.get('/', (_req, res) => void res.type('html').send(page.html));
  app.get('/assets/:name', (req, res, next) => {
    const asset = page.assets.get(req.params.name);
    if (asset === undefined) return next();
    res.setHeader('Content-Type', asset.contentType);
    res.end(asset.body);
  });
  app.get('/places', async (_req, res) => void res.json(await readPlaces(options)));
  app.get('/trees', async (req, res) => {
    const { seen, ...pair } = TreesQuery.parse(req.query);
    const trees = await readTrees(options, pair);
    const version = versionOf(trees);
    if (seen === version) res.status(204).end();
    else res.json({ version, ...trees });
  });
  app.post('/:side/deeds', express.json(), async (req, res) => {
    const { side } = SideParams.parse(req.params);
    await act(options, PairQuery.parse(req.query), side, Deed.parse(req.body));
    res.status(204).end();
  });
  app.put('/:side/files', async (req, res) => {
    const { side } = SideParams.parse(req.params);
    const { path, ...pair } = FileQuery.parse(req.query);
    const answer = await fetch(fileUrl(options, pair, side, path), {
      method: 'PUT',
      body: Readable.toWeb(req) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    const text = await answer.text();
    if (!answer.ok) throw new Error(text.slice(0, 500));
    res.status(204).end();
  });
  app.get('/:side/files', async (req, res) => {
    const { side } = SideParams.parse(req.params);
    const { path, ...pair } = FileQuery.parse(req.query);
    const answer = await fetch(fileUrl(options, pair, side, path));
    if (!answer.ok || answer.body === null) throw new Error((await answer.text()).slice(0, 500));
    // Whatever a file holds, a browser must not run it here.
    res.attachment(path.slice(path.lastIndexOf('/') + 1)).type('application/octet-stream');
    await pipeline(Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]), res);
  });
  app.use((_req, res) => void res.status(404).json({ message: 'There is no such thing here.' }));
  app.use(tellError);
  return app;
}

/** A page elsewhere whose name leads to this machine sends that name. */
const onlyFromHere: RequestHandler = (req, res, next) => {
  if (/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(req.headers.host ?? '')) next();
  else res.status(403).json({ message: 'Open this page as 127.0.0.1.' });
};

/** Express knows an error handler by its four parameters. */
const tellError: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  if (res.headersSent) return void res.destroy();
  const status = error instanceof z.ZodError ? 400 : 409;
  const message = error instanceof z.ZodError ? z.prettifyError(error) : wordsOf(error);
  res.status(status).json({ message });
};

/** A simulator's refusal is JSON inside the message; only its sentence is for a person. */
function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [json] = /\{.*\}/s.exec(message) ?? [];
  try {
    const told = JSON.parse(json ?? '') as { error?: unknown; message?: unknown };
    const text = told.message ?? told.error;
    return typeof text === 'string' ? text : message;
  } catch {
    return message;
  }
}

import type { IncomingHttpHeaders } from 'node:http';
import { argOf, countBody, fileJson, json, type useServers } from './support';

/** Stores what arrives whole, and says what it has seen. */
export const storing = async (servers: ReturnType<typeof useServers>) => {
  const state = {
    stored: 0,
    broken: 0,
    arg: {} as Record<string, unknown>,
    headers: {} as IncomingHttpHeaders,
  };
  const url = await servers.http(async (request, response) => {
    state.headers = request.headers;
    state.arg = argOf(request);
    try {
      const size = await countBody(request);
      state.stored += 1;
      json(response, 200, fileJson({ size }));
    } catch {
      state.broken += 1;
    }
  });
  return { url, state };
};

/** Tells when a source is let go. */
export const closing = async function* (source: AsyncIterable<Uint8Array>, onClose: () => void) {
  try {
    yield* source;
  } finally {
    onClose();
  }
};

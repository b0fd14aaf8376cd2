import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Call, createCall } from './call';

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

/** On 127.0.0.1 only. `answer` must not reject; a rejection ends the connection. */
export const listen = async (port: number, answer: (call: Call) => Promise<void>): Promise<RunningServer> => {
  const server = createServer((request, response) => {
    answer(createCall(request, response)).catch(() => response.destroy());
  });
  // Large uploads take their time, and clients that pool connections must not race an early close.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${bound}`, close: () => closeServer(server) };
};

const closeServer = async (server: Server): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
};

import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';

/** Servers of one test file on free ports; `closeAll` ends them with whatever is still connected. */
export const createServers = () => {
  const open: { server: Server; sockets: Set<Socket> }[] = [];

  const listen = async (server: Server): Promise<number> => {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    });
    open.push({ server, sockets });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };

  return {
    http: (handler: (request: IncomingMessage, response: ServerResponse) => void) =>
      listen(createHttpServer(handler)),
    tcp: (handler: (socket: Socket) => void) => listen(createTcpServer(handler)),
    closeAll: async () => {
      for (const { server, sockets } of open.splice(0)) {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
};

/** What a promise was rejected with. */
export const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not rejected');
};

import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** A server on a port that was free. */
export async function occupyPort(): Promise<{ port: number; server: Server }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, server };
}

/** A port on which nothing listens. */
export async function freePort(): Promise<number> {
  const { port, server } = await occupyPort();
  server.close();
  await once(server, "close");
  return port;
}

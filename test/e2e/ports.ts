import { once } from "node:events";
import { createServer, type Server } from "node:net";

/**
 * A server on a port that was free. Below the range that the system hands out by itself: a connection
 * or another workerd could take such a port before its user does.
 */
export async function occupyPort(): Promise<{ port: number; server: Server }> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
      return { port, server };
    } catch {
      // Taken: try another.
    }
  }
}

/** A port on which nothing listens. */
export async function freePort(): Promise<number> {
  const { port, server } = await occupyPort();
  server.close();
  await once(server, "close");
  return port;
}

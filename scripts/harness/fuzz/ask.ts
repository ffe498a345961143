import { Agent, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";

/** One request, as it goes over the wire. */
export interface Question {
  method: string;
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  /** Empty if none is sent. */
  body: Uint8Array;
  /** Whether the client hangs up in the middle of the body. */
  hangsUp?: boolean;
}

export interface Reply {
  status: number;
  /** Its media type. */
  type: string;
  text: string;
  /** From the first byte sent to the last one read. */
  ms: number;
}

/** The connection broke, or nothing came in time. */
export class NoAnswer extends Error {
  override name = "NoAnswer";
}

/** What never ends by itself: nothing of it is read. */
const STREAM = "text/event-stream";

function read(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => resolve(Buffer.concat(chunks).toString()));
    response.on("error", reject);
  });
}

/** Errors that a client gets if the server closes a kept connection at the moment of its use. */
const STALE = new Set<string | undefined>(["ECONNRESET", "EPIPE"]);

/** A connection that stays open between requests, as clients keep it. */
export class Connection {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly sockets = new WeakSet<Socket>();

  /** @param patienceMs how long to wait for an answer */
  constructor(private readonly patienceMs: number) {}

  /**
   * @returns the reply; null if the question hangs up
   * @throws NoAnswer
   */
  async ask(url: string, question: Question): Promise<Reply | null> {
    for (;;) {
      try {
        return await this.askOnce(url, question);
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
      }
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private askOnce(url: string, { method, path, headers, body, hangsUp }: Question) {
    return new Promise<Reply | null>((resolve, reject) => {
      const { agent, patienceMs } = this;
      const { hostname, port } = new URL(url);
      const started = performance.now();
      let answered = false;
      // Node would also send the length of a chunked body, which HTTP forbids.
      const counted = body.length > 0 && !("transfer-encoding" in headers);
      const all = { ...headers, ...(counted && { "content-length": String(body.length) }) };
      const asked = request({ hostname, port, path, method, headers: all, agent });
      const timer = setTimeout(() => {
        asked.destroy();
        reject(new NoAnswer(`no answer within ${patienceMs} ms`));
      }, patienceMs);
      asked.on("response", (response) => {
        answered = true;
        const { statusCode: status = 0, headers: sent } = response;
        const type = sent["content-type"] ?? "";
        if (type === STREAM) {
          clearTimeout(timer);
          asked.destroy();
          resolve({ status, type, text: "", ms: performance.now() - started });
          return;
        }
        read(response)
          .then((text) => resolve({ status, type, text, ms: performance.now() - started }))
          .catch((error: Error) => reject(new NoAnswer(`the answer broke off: ${error.message}`)))
          .finally(() => clearTimeout(timer));
      });
      asked.on("socket", (socket) => {
        if (this.sockets.has(socket)) return;
        this.sockets.add(socket);
        // The upload of a finished request may still fail.
        socket.on("error", () => undefined);
      });
      asked.on("error", (error: NodeJS.ErrnoException) => {
        // The server may refuse and close the connection before all of the body is sent.
        if (answered) return;
        clearTimeout(timer);
        const stale = asked.reusedSocket && STALE.has(error.code);
        reject(stale ? new StaleConnection() : new NoAnswer(`no answer: ${error.message}`));
      });
      if (!hangsUp) {
        asked.end(body);
        return;
      }
      asked.write(body.subarray(0, body.length / 2), () => {
        clearTimeout(timer);
        asked.destroy();
        resolve(null);
      });
    });
  }
}

/** The server had closed the kept connection before the request came, so the client may ask again. */
class StaleConnection extends Error {}

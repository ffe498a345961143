import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import { buffer } from "node:stream/consumers";

/** Stands before a server, sees what is asked, and can answer in its place. */
export class Proxy {
  /** Method and path of each request. */
  readonly asked: string[] = [];
  /** Runs before a request is passed on. */
  before: (asked: string) => Promise<void> | void = () => undefined;
  /** Changes an answer. */
  change: (asked: string, body: string) => string = (_, body) => body;
  private readonly server: Server;

  constructor(private readonly target: () => string) {
    this.server = createServer((incoming, outgoing) => {
      this.pass(incoming).then(
        ({ status, type, body }) => outgoing.writeHead(status, { "content-type": type }).end(body),
        (error: unknown) => outgoing.writeHead(502).end(String(error)),
      );
    });
  }

  async listen(): Promise<string> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async pass(incoming: IncomingMessage) {
    const { method, url = "" } = incoming;
    // Bodies pass as they are, to be read.
    const { "transfer-encoding": _, "accept-encoding": __, ...headers } = incoming.headers;
    const asked = `${method} ${url}`;
    const body = await buffer(incoming);
    this.asked.push(asked);
    await this.before(asked);
    const forwarded = request(new URL(url, this.target()), {
      method,
      headers: { ...headers, "content-length": body.length },
    });
    forwarded.end(body);
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      forwarded.once("response", resolve).once("error", reject);
    });
    const answer = await answered;
    return {
      status: answer.statusCode ?? 0,
      type: answer.headers["content-type"] ?? "",
      body: this.change(asked, (await buffer(answer)).toString()),
    };
  }
}

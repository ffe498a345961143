import { request, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { LocalServer } from "../localServer.ts";

/** Stands before a server, sees what is asked, and can answer in its place. */
export class Proxy extends LocalServer {
  /** Method and path of each request. */
  readonly asked: string[] = [];
  /** Runs before a request is passed on. */
  before: (asked: string) => Promise<void> | void = () => undefined;
  /** Changes an answer. */
  change: (asked: string, body: string) => string = (_, body) => body;

  constructor(private readonly target: () => string) {
    super();
  }

  protected async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { status, type, body } = await this.pass(incoming);
    outgoing.writeHead(status, { "content-type": type }).end(body);
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

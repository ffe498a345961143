import { request, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { LocalServer } from "../localServer.ts";

/** Stands before a server, sees what is asked, and can answer in its place. */
export class Proxy extends LocalServer {
  /** Method and path of each request. */
  readonly asked: string[] = [];
  /** Runs before a request is passed on. */
  before: (asked: string) => Promise<void> | void = () => undefined;
  /** Changes an answer of JSON. */
  change: (asked: string, body: string) => string = (_, body) => body;
  /** Answers in place of the server, which has answered so; returns whether it did. */
  instead: (asked: string, body: Buffer, outgoing: ServerResponse) => boolean = () => false;

  constructor(private readonly target: () => string) {
    super();
  }

  protected async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { asked, status, headers, body } = await this.pass(incoming);
    if (this.instead(asked, body, outgoing)) return;
    const isJson = headers["content-type"]?.startsWith("application/json") ?? false;
    const sent = isJson ? this.change(asked, body.toString()) : body;
    outgoing.writeHead(status, headers).end(sent);
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
    const { "content-type": type = "", "x-sha256": sha256 } = answer.headers;
    return {
      asked,
      status: answer.statusCode ?? 0,
      headers: { "content-type": type, ...(typeof sha256 === "string" && { "x-sha256": sha256 }) },
      body: await buffer(answer),
    };
  }
}

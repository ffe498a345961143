import { Agent } from "node:http";
import { ask, type Post, type Reply } from "../measure/ask.ts";

/** Asks the API over a limited number of connections, which stay open. */
export class Client {
  private readonly agent: Agent;

  constructor(
    private readonly base: string,
    connections: number,
    private readonly signal: AbortSignal,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws Error if there is no answer */
  ask(route: string, post?: Post): Promise<Reply> {
    return ask(new URL(route, this.base), post, this.agent, this.signal);
  }

  /** @returns the text of an answer @throws Error if its status is not 200 */
  async get(route: string): Promise<string> {
    const { status, text } = await this.ask(route);
    if (status !== 200) throw new Error(`${route} answered ${status}: ${text.slice(0, 300)}`);
    return text;
  }

  close(): void {
    this.agent.destroy();
  }
}

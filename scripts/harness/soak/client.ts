import { Agent } from "node:http";
import { ask, type Post, type Reply } from "../measure/ask.ts";

/** Asks the API over so many connections at most, which stay open. */
export class Client {
  private readonly agent: Agent;

  constructor(
    private readonly base: string,
    connections: number,
    private readonly signal: AbortSignal,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws Error where there is no answer */
  ask(route: string, post?: Post): Promise<Reply> {
    return ask(new URL(route, this.base), post, this.agent, this.signal);
  }

  /** @returns the text of an answer @throws Error where it is not 200 */
  async get(route: string): Promise<string> {
    const { status, text } = await this.ask(route);
    if (status !== 200) throw new Error(`${route} answered ${status}: ${text.slice(0, 300)}`);
    return text;
  }

  close(): void {
    this.agent.destroy();
  }
}

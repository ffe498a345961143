import type { z } from "zod/mini";
import type { KeyForm } from "../../../pages/keyForm.ts";
import { Refusal } from "../../../pages/refusal.ts";
import { Server } from "../../../pages/server.ts";
import { channelSchema, jobSchema, jobsSchema, modelSchema, type ShownJob } from "./answers.ts";

const at = (id: string, rest = "") => `/jobs/${id}${rest}`;

/** The registry that this page came from. Each method throws a Refusal if the registry refuses. */
export class Registry {
  private readonly server: Server;

  constructor(private readonly keys: KeyForm) {
    this.server = new Server("the registry", keys);
  }

  jobs(query: URLSearchParams, signal: AbortSignal): Promise<z.infer<typeof jobsSchema>> {
    return this.view(`/jobs?${query.toString()}`, jobsSchema, signal);
  }

  job(id: string, signal: AbortSignal): Promise<ShownJob> {
    return this.view(at(id), jobSchema, signal);
  }

  /** What happens to a job, as server-sent events. @param after number of the event before the first */
  async events(
    id: string,
    after: number,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const headers = { accept: "text/event-stream" };
    const { body } = await this.open(at(id, `/events?after=${after}`), { headers, signal });
    if (body) return body;
    throw new Refusal("the registry sent no events", null);
  }

  /** The report of a job, as HTML. */
  async report(id: string): Promise<string> {
    return (await this.open(at(id, "/report"), {})).text();
  }

  cancel(id: string): Promise<ShownJob> {
    return this.ask(at(id), { method: "DELETE" }, jobSchema);
  }

  /** The version that each channel of a model serves. Needs a key of the scope publish. */
  async served(model: string): Promise<Map<string, string>> {
    const { channels } = await this.ask(`/models/${model}`, {}, modelSchema);
    return new Map(Object.entries(channels).map(([name, { version }]) => [name, version]));
  }

  /** @param move.from the version that the channel serves until then; null: none */
  async promote(
    model: string,
    move: { version: string; channel: string; from: string | null },
  ): Promise<void> {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(move) };
    await this.ask(`/models/${model}/promote`, init, channelSchema);
  }

  private async view<T extends z.ZodMiniType>(path: string, schema: T, signal: AbortSignal) {
    const headers = { accept: "application/json" };
    return this.server.read(path, await this.open(path, { headers, signal }), schema);
  }

  private async ask<T extends z.ZodMiniType>(path: string, init: RequestInit, schema: T) {
    const { response } = await this.server.send(path, init);
    return this.server.read(path, response, schema);
  }

  /** Reads something of jobs. While the key may not, asks the user for another one. */
  private async open(path: string, init: RequestInit): Promise<Response> {
    for (;;) {
      try {
        // A page at the same address is another answer.
        return (await this.server.send(path, { cache: "no-store", ...init })).response;
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== "wrong_scope") throw error;
        await this.keys.request("That key is valid, but it lacks the scope train or work.");
      }
    }
  }
}

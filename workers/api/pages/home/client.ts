import type * as z from "zod/mini";
import type { KeyForm } from "../../../pages/keyForm.ts";
import { Refusal } from "../../../pages/refusal.ts";
import { Server } from "../../../pages/server.ts";
import { embedSchema, infoSchema, type Info, similaritySchema } from "./answers.ts";
import { readServerTiming } from "./serverTiming.ts";

/** An answer, and the time it took. */
export interface Timed<T> {
  answer: T;
  /** Milliseconds from the request to the complete answer. */
  total: number;
  /** Milliseconds by name from the Server-Timing header. */
  server: Map<string, number>;
}

/** The scores of one pair. */
export interface Scored {
  s: number;
  probability: number;
  distance: number;
}

/** The API that this page came from. */
export class Client {
  private readonly api: Server;

  constructor(keys: KeyForm) {
    this.api = new Server("the API", keys);
  }

  /** GET /info. @throws Refusal */
  async info(): Promise<Info> {
    return (await this.ask("/info", {}, infoSchema)).answer;
  }

  /** POST /embed with files. @throws Refusal with `files[i]` if the API refuses that file */
  async embed(files: readonly Blob[]): Promise<Timed<number[][]>> {
    const body = new FormData();
    for (const file of files) body.append("files", file, "image");
    const { answer, ...times } = await this.ask("/embed", { method: "POST", body }, embedSchema);
    return { answer: answer.embeddings, ...times };
  }

  /** POST /similarity with pairs of embeddings. @throws Refusal */
  async similarity(pairs: readonly (readonly [number[], number[]])[]): Promise<Timed<Scored[]>> {
    const init = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        pairs: pairs.map((pair) => pair.map((embedding) => ({ embedding }))),
      }),
    };
    const { answer, ...times } = await this.ask("/similarity", init, similaritySchema);
    const { scores, probabilities, distances } = answer;
    if ([scores, probabilities, distances].some(({ length }) => length !== pairs.length)) {
      throw new Refusal("/similarity does not answer as this page expects", null);
    }
    return {
      answer: scores.map((s, i) => ({
        s,
        probability: probabilities[i]!,
        distance: distances[i]!,
      })),
      ...times,
    };
  }

  /** Sends a request, and reads its answer. @throws Refusal */
  async ask<T extends z.ZodMiniType>(
    path: string,
    init: RequestInit,
    schema: T,
  ): Promise<Timed<z.infer<T>>> {
    const { response, sent } = await this.api.send(path, init);
    const answer = await this.api.read(path, response, schema);
    const server = readServerTiming(response.headers.get("server-timing"));
    return { answer, total: performance.now() - sent, server };
  }
}

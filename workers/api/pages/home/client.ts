import type * as z from "zod/mini";
import { parseJson } from "../../../../shared/json.ts";
import { embedSchema, errorSchema, infoSchema, type Info, similaritySchema } from "./answers.ts";
import type { KeyForm } from "./keyForm.ts";
import { readServerTiming } from "./serverTiming.ts";

/** The API refused a request. The message is the API's. */
export class Refusal extends Error {
  override name = "Refusal";
  /**
   * @param param the place in the request, such as `files[2]`
   * @param code names the fault for programs; null if the API has not said it
   */
  constructor(
    message: string,
    readonly param: string | null,
    readonly code: string | null = null,
  ) {
    super(message);
  }
}

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
  constructor(private readonly keys: KeyForm) {}

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

  /** Sends a request. While the API answers 401, it asks the user for a key and repeats. @throws Refusal */
  async ask<T extends z.ZodMiniType>(
    path: string,
    init: RequestInit,
    schema: T,
  ): Promise<Timed<z.infer<T>>> {
    for (;;) {
      const headers = new Headers(init.headers);
      if (this.keys.key !== null) headers.set("authorization", `Bearer ${this.keys.key}`);
      const started = performance.now();
      const response = await fetch(path, { ...init, headers }).catch(() => {
        throw new Refusal("the API does not answer: is this device offline?", null);
      });
      const text = await response.text();
      const total = performance.now() - started;
      if (response.status === 401) {
        await this.keys.request();
        continue;
      }
      const json = parseJson(text);
      if (!response.ok) {
        const { data } = errorSchema.safeParse(json);
        const { message, param, code } = data?.error ?? {
          message: `the API answered ${response.status}`,
          param: null,
          code: null,
        };
        throw new Refusal(message, param, code);
      }
      const parsed = schema.safeParse(json);
      if (!parsed.success) throw new Refusal(`${path} does not answer as this page expects`, null);
      return {
        answer: parsed.data,
        total,
        server: readServerTiming(response.headers.get("server-timing")),
      };
    }
  }
}

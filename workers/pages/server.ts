import * as z from "zod/mini";
import { parseJson } from "../../shared/json.ts";
import type { KeyForm } from "./keyForm.ts";
import { Refusal } from "./refusal.ts";

const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), param: z.nullable(z.string()) }),
});

/** The server that a page came from. */
export class Server {
  /** @param name what messages call it, such as "the API" */
  constructor(
    private readonly name: string,
    private readonly keys: KeyForm,
  ) {}

  /**
   * Sends a request with the user's key. While the server answers 401, it asks the user for a key and repeats.
   *
   * @returns a success, and when the request was sent
   * @throws Refusal
   */
  async send(path: string, init: RequestInit): Promise<{ response: Response; sent: number }> {
    for (;;) {
      const headers = new Headers(init.headers);
      if (this.keys.key !== null) headers.set("authorization", `Bearer ${this.keys.key}`);
      const sent = performance.now();
      const response = await fetch(path, { ...init, headers }).catch((error: unknown) => {
        if (init.signal?.aborted) throw error;
        throw new Refusal(`${this.name} does not answer: is this device offline?`, null);
      });
      if (response.ok) return { response, sent };
      const text = await response.text();
      if (response.status !== 401) throw this.refusal(response.status, text);
      await this.keys.request("That key is not valid.");
    }
  }

  /** Reads a JSON answer. @throws Refusal if it breaks off, or the page does not expect it */
  async read<T extends z.ZodMiniType>(
    path: string,
    response: Response,
    schema: T,
  ): Promise<z.infer<T>> {
    const text = await response.text().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new Refusal(`the answer of ${this.name} has broken off`, null);
    });
    const { success, data } = schema.safeParse(parseJson(text));
    if (success) return data;
    throw new Refusal(`${path} does not answer as this page expects`, null);
  }

  private refusal(status: number, text: string): Refusal {
    const { data } = errorSchema.safeParse(parseJson(text));
    if (!data) return new Refusal(`${this.name} answered ${status}`, null);
    const { message, param, code } = data.error;
    return new Refusal(message, param, code);
  }
}

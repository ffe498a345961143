import type * as z from "zod";
import { parseJson } from "../../../shared/json.ts";
import { UserError } from "../../../trainer/error.ts";
import {
  collectionSchema,
  type putCollection,
} from "../../../workers/api/contract/collections/collection.ts";
import {
  deleteItem,
  listItems,
  putItems,
} from "../../../workers/api/contract/collections/items.ts";
import { errorSchema } from "../../../workers/api/contract/error.ts";
import { retrying } from "../../../workers/client/retry.ts";
import type { Metadata } from "../../../workers/protocol/metadata.ts";
import { unreachable } from "../unreachable.ts";

export type Collection = z.output<typeof collectionSchema>;
export type Page = z.output<typeof listItems.answer.schema>;

/** An image file to write as an item. */
export interface Upload {
  id: string;
  bytes: Uint8Array<ArrayBuffer>;
  metadata: Metadata;
}

/** The Worker refuses a request, in its own words. */
export class Refused extends UserError {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

/** Asks again while the Worker is busy. */
const send = retrying(4);

/** What else to say about a refusal, by its code. */
const HELP: Record<string, string> = {
  unauthorized: " (--key, or the variable API_KEY)",
  wrong_scope: " (reading a collection takes the scope search, changing it the scope index)",
};

/** A collection of an API Worker. Its methods throw a `UserError` if the Worker refuses or does not answer. */
export class CollectionClient {
  /** @param key an API key, if the Worker requires one */
  constructor(
    readonly url: URL,
    readonly name: string,
    readonly key: string | undefined,
  ) {}

  /** @returns null if there is no such collection */
  async find(): Promise<Collection | null> {
    try {
      return await this.ask(collectionSchema, "GET");
    } catch (error) {
      if (error instanceof Refused && error.code === "unknown_collection") return null;
      throw error;
    }
  }

  make(spec: z.input<typeof putCollection.body.schema>): Promise<Collection> {
    const headers = { "content-type": "application/json" };
    return this.ask(collectionSchema, "PUT", "", { headers, body: JSON.stringify(spec) });
  }

  /** @param after begin behind this id */
  list(after: string | null, limit: number, include?: "embedding"): Promise<Page> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (after !== null) query.set("after", after);
    if (include) query.set("include", include);
    return this.ask(listItems.answer.schema, "GET", `/items?${query.toString()}`);
  }

  async write(files: readonly Upload[]): Promise<z.output<typeof putItems.answer.schema>> {
    const form = new FormData();
    const metadata = Object.fromEntries(files.map((file) => [file.id, file.metadata]));
    form.set("metadata", JSON.stringify(metadata));
    for (const { id, bytes } of files) form.append(id, new Blob([bytes]), "image");
    const answer = await this.ask(putItems.answer.schema, "POST", "/items", { body: form });
    if (answer.results.length !== files.length) throw this.foreign(JSON.stringify(answer));
    return answer;
  }

  /** Deletes an item, unless it is gone already. */
  async remove(id: string): Promise<void> {
    try {
      await this.ask(deleteItem.answer.schema, "DELETE", `/items/${encodeURIComponent(id)}`);
    } catch (error) {
      if (!(error instanceof Refused && error.code === "unknown_item")) throw error;
    }
  }

  private async ask<S extends z.ZodType>(
    schema: S,
    method: string,
    rest = "",
    init: { headers?: Record<string, string>; body?: string | FormData } = {},
  ): Promise<z.output<S>> {
    const address = new URL(`/collections/${this.name}${rest}`, this.url);
    const headers = {
      ...init.headers,
      ...(this.key !== undefined && { authorization: `Bearer ${this.key}` }),
    };
    const { status, ok, text } = await send(address, { ...init, method, headers })
      .then(async (response) => ({
        status: response.status,
        ok: response.ok,
        text: await response.text(),
      }))
      .catch((error: unknown) => {
        throw unreachable(`the Worker at ${this.url.href}`, error);
      });
    const body = parseJson(text);
    if (!ok) {
      const refusal = errorSchema.safeParse(body);
      if (!refusal.success) throw this.foreign(`status ${status}, ${text}`);
      const { code, message } = refusal.data.error;
      throw new Refused(`the Worker answered ${status}: ${message}${HELP[code] ?? ""}`, code);
    }
    const answer = schema.safeParse(body);
    if (!answer.success) throw this.foreign(text);
    return answer.data;
  }

  private foreign(answer: string): UserError {
    const start = answer.replace(/[\s\p{Cc}]+/gu, " ").slice(0, 200);
    return new UserError(`${this.url.href} does not answer as the API does: ${start}`);
  }
}

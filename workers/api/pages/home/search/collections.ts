import type * as z from "zod/mini";
import type { Client, Timed } from "../client.ts";
import {
  type Collection,
  collectionSchema,
  collectionsSchema,
  deletedSchema,
  type Duplicates,
  duplicatesSchema,
  type Found,
  foundSchema,
  itemsSchema,
  jobSchema,
  writtenSchema,
} from "./answers.ts";
import type { NewItem } from "./newItems.ts";
import { toBase64 } from "./base64.ts";
import type { Example, Query } from "./query.ts";

/** Items of a page of a list: the most that the API gives. */
export const PAGE = 1000;

/** What a search may be limited to. */
export interface Wanted {
  count: number;
  minProbability: number;
  /** undefined: of any label. */
  label: string | undefined;
}

const at = (name: string, rest = "") => `/collections/${name}${rest}`;

const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** The API's collections. Each method throws a Refusal if the API refuses. */
export class Collections {
  constructor(private readonly client: Client) {}

  async list(): Promise<Collection[]> {
    return (await this.ask("/collections", {}, collectionsSchema)).collections;
  }

  get(name: string): Promise<Collection> {
    return this.ask(at(name), {}, collectionSchema);
  }

  make(name: string, capacity: number, storeImages: boolean): Promise<Collection> {
    const body = { capacity, store_images: storeImages };
    return this.ask(at(name), json("PUT", body), collectionSchema);
  }

  async remove(name: string): Promise<void> {
    await this.ask(at(name), { method: "DELETE" }, deletedSchema);
  }

  /** A page of items behind the one of that id. */
  items(name: string, after: string | null): Promise<z.infer<typeof itemsSchema>> {
    const behind = after === null ? "" : `&after=${encodeURIComponent(after)}`;
    return this.ask(at(name, `/items?limit=${PAGE}${behind}`), {}, itemsSchema);
  }

  /** Writes items. @returns why some could not be written, by their index */
  async write(
    name: string,
    items: readonly NewItem[],
  ): Promise<z.infer<typeof writtenSchema>["errors"]> {
    const body = new FormData();
    const metadata = Object.fromEntries(items.map((item) => [item.id, item.metadata]));
    body.append("metadata", JSON.stringify(metadata));
    for (const { id, file } of items) body.append(id, file, "image");
    return (await this.ask(at(name, "/items"), { method: "POST", body }, writtenSchema)).errors;
  }

  async removeItem(name: string, id: string): Promise<void> {
    const path = at(name, `/items/${encodeURIComponent(id)}`);
    await this.ask(path, { method: "DELETE" }, deletedSchema);
  }

  async search(name: string, query: Query, wanted: Wanted): Promise<Timed<Found>> {
    const { count, minProbability, label } = wanted;
    const filter = label === undefined ? undefined : { label };
    const { positives, negatives } = query;
    const [only] = positives;
    if (only?.kind === "picture" && positives.length + negatives.length === 1) {
      // As the body itself a picture may be larger than in JSON.
      const fields = new URLSearchParams({
        top_k: String(count),
        min_probability: String(minProbability),
        ...(filter && { filter: JSON.stringify(filter) }),
      });
      const headers = { "content-type": "application/octet-stream" };
      const init = { method: "POST", headers, body: only.file };
      return this.client.ask(at(name, `/search?${fields.toString()}`), init, foundSchema);
    }
    const toItem = async (example: Example) =>
      example.kind === "picture" ? { image: await toBase64(example.file) } : { id: example.id };
    const body = {
      query: {
        positives: await Promise.all(positives.map(toItem)),
        negatives: await Promise.all(negatives.map(toItem)),
      },
      top_k: count,
      min_probability: minProbability,
      filter,
    };
    return this.client.ask(at(name, "/search"), json("POST", body), foundSchema);
  }

  async findDuplicates(name: string, minProbability: number): Promise<void> {
    const body = json("POST", { min_probability: minProbability });
    await this.ask(at(name, "/duplicates"), body, jobSchema);
  }

  duplicates(name: string): Promise<Duplicates> {
    return this.ask(at(name, "/duplicates"), {}, duplicatesSchema);
  }

  private async ask<T extends z.ZodMiniType>(path: string, init: RequestInit, schema: T) {
    return (await this.client.ask(path, init, schema)).answer;
  }
}

import type * as z from "zod";
import {
  collectionSchema,
  type putCollection,
} from "../../../../workers/api/contract/collections/collection.ts";
import { putItems } from "../../../../workers/api/contract/collections/items.ts";
import { search } from "../../../../workers/api/contract/collections/search.ts";
import { ask, type Overrides } from "../ask.ts";

/** One collection of the Worker, over HTTP. */
export class TestCollection {
  readonly path: string;

  constructor(
    readonly name: string,
    private readonly overrides: Overrides = {},
  ) {
    this.path = `/collections/${name}`;
  }

  call(method: string, rest = "", body?: unknown): Promise<Response> {
    const init =
      body === undefined
        ? { method }
        : {
            method,
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          };
    return ask(this.path + rest, init, this.overrides);
  }

  /** Sends a body that is not JSON. */
  send(rest: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
    return ask(this.path + rest, { method: "POST", body, headers }, this.overrides);
  }

  async make(body: z.input<typeof putCollection.body.schema>) {
    const response = await this.call("PUT", "", body);
    return { status: response.status, ...collectionSchema.parse(await response.json()) };
  }

  async describe() {
    return collectionSchema.parse(await (await this.call("GET")).json());
  }

  async write(items: unknown[]) {
    const response = await this.call("POST", "/items", { items });
    return putItems.answer.schema.parse(await response.json());
  }

  async search(body: object) {
    const response = await this.call("POST", "/search", body);
    return search.answer.schema.parse(await response.json());
  }

  /** The collection when a condition holds. It waits for what is done in the background. */
  async when(isSo: (state: z.output<typeof collectionSchema>) => boolean) {
    for (let attempt = 0; attempt < 200; attempt++) {
      const state = await this.describe();
      if (isSo(state)) return state;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${this.name} did not get there: ${JSON.stringify(await this.describe())}`);
  }
}

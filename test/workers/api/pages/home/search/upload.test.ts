import { describe, expect, it } from "vitest";
import { sha256 } from "../../../../../../shared/package/digest.ts";
import { Refusal } from "../../../../../../workers/pages/refusal.ts";
import type { Collection } from "../../../../../../workers/api/pages/home/search/answers.ts";
import type { NewItem } from "../../../../../../workers/api/pages/home/search/newItems.ts";
import { Upload } from "../../../../../../workers/api/pages/home/search/upload.ts";

const LIMITS = { body_bytes: 10_000, images: 3, items: 1000, pixels: 1 };

const bytesOf = (id: string) => new TextEncoder().encode(`picture ${id}`);

const item = (id: string, size = 0): NewItem => ({
  id,
  path: id,
  file: new File([bytesOf(id), new Uint8Array(size)], id, { type: "image/png" }),
  metadata: {},
});
const items = (count: number) => Array.from({ length: count }, (_, i) => item(`${i}`));

/** An API whose collection holds some items already. It notes the ids of each request. */
class Api {
  readonly requests: string[][] = [];
  private readonly state: Collection;

  constructor(
    private readonly there: string[] = [],
    state: Partial<Collection> = {},
    /** Answers a request, in place of writing. */
    private readonly answer: (request: number) => { code: string; message: string }[] = () => [],
  ) {
    this.state = {
      name: "birds",
      model: "birds",
      version: "1",
      target: null,
      state: "ready",
      count: there.length,
      pending: 0,
      capacity: 100,
      store_images: false,
      prefix: null,
      densities: { outdated: 0 },
      failed: 0,
      ...state,
    };
  }

  get = () => Promise.resolve(this.state);

  items = async (_name: string, after: string | null) => {
    const [id] = after === null ? this.there : this.there.slice(this.there.indexOf(after) + 1);
    const page = id === undefined ? [] : [{ id, metadata: {}, sha256: await sha256(bytesOf(id)) }];
    return { items: page, next: id ?? null };
  };

  write = (_name: string, written: readonly NewItem[]) => {
    this.requests.push(written.map(({ id }) => id));
    const errors = this.answer(this.requests.length);
    return Promise.resolve(errors.map((error, index) => ({ index, ...error })));
  };
}

const start = (api: Api, files: NewItem[]) => new Upload(api, LIMITS, "birds", files);
const nothing = () => undefined;

describe("an upload", () => {
  it("sends as many as fit into a request, and leaves out what cannot be sent", async () => {
    const api = new Api();
    const text = { ...item("text"), file: new File(["hello"], "text", { type: "text/plain" }) };
    const files = [item("a", 6000), item("b", 6000), item("c"), text, item("d", 20_000), item("e")];
    const upload = start(api, files);
    await upload.run(nothing);
    expect(api.requests).toEqual([["a"], ["b", "c"], ["e"]]);
    expect(upload).toMatchObject({ added: 4, there: 0, done: 6, total: 6 });
    expect(upload.failures).toEqual([
      { path: "text", reason: "it is not an image" },
      { path: "d", reason: "it has 20 KiB; the limit is 9 KiB" },
    ]);
  });

  it("does not send what is there with the same bytes", async () => {
    const api = new Api(["1", "2", "4"]);
    const files = items(5);
    files[2] = { ...item("2"), file: new File(["changed"], "2", { type: "image/png" }) };
    const upload = start(api, files);
    await upload.run(nothing);
    expect(api.requests).toEqual([["0", "2"], ["3"]]);
    expect(upload).toMatchObject({ added: 3, there: 2 });
  });

  it("sends all again to a stale collection", async () => {
    const api = new Api(["0", "1"], { state: "stale" });
    await start(api, items(2)).run(nothing);
    expect(api.requests).toEqual([["0", "1"]]);
  });

  it("does not read the list of a collection that is much larger than the folder", async () => {
    const api = new Api(["0", "1"], { count: 10_001 });
    await start(api, items(2)).run(nothing);
    expect(api.requests).toEqual([["0", "1"]]);
  });

  it("is stopped after the request on its way, and continues behind it", async () => {
    const api = new Api();
    const upload = start(api, items(8));
    await upload.run(() => upload.stop());
    expect(upload).toMatchObject({ done: 3, total: 8 });
    await upload.run(nothing);
    expect(api.requests).toEqual([
      ["0", "1", "2"],
      ["3", "4", "5"],
      ["6", "7"],
    ]);
    expect(upload).toMatchObject({ added: 8, done: 8 });
  });

  it("names the items that the API refuses, by their paths", async () => {
    const message = "files[0] is not an image";
    const api = new Api([], {}, () => [{ code: "not_an_image", message }]);
    const upload = start(api, items(2));
    await upload.run(nothing);
    expect(upload.failures).toEqual([{ path: "0", reason: "it is not an image" }]);
    expect(upload.added).toBe(1);
  });

  it("ends if the collection is full, and sends what found no room when it continues", async () => {
    const full = { code: "collection_full", message: "no room" };
    const api = new Api([], {}, (request) => (request === 1 ? [full] : []));
    const upload = start(api, items(5));
    await expect(upload.run(nothing)).rejects.toEqual(
      new Refusal("no room", null, "collection_full"),
    );
    expect(upload).toMatchObject({ added: 2, failures: [], done: 2 });
    await upload.run(nothing);
    expect(api.requests).toEqual([
      ["0", "1", "2"],
      ["0", "3", "4"],
    ]);
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type * as z from "zod";
import { workerds } from "../../scripts/harness/measure/resident.ts";
import { RegistryClient } from "../../scripts/lib/registry.ts";
import { runServers, type Servers } from "../../scripts/lib/serve.ts";
import { parseManifest } from "../../shared/package/manifest.ts";
import { collectionSchema } from "../../workers/api/contract/collections/collection.ts";
import { listItems, putItems } from "../../workers/api/contract/collections/items.ts";
import { search } from "../../workers/api/contract/collections/search.ts";
import { tinyPackage } from "../workers/tinyPackage.ts";
import { TOKEN } from "./servers.ts";

/** `npm run kill` kills 50 times. */
const KILLS = Number(process.env.KILLS ?? 3);
const WRITERS = 3;
const BATCH = 7;
/** Ids are written again and again. */
const IDS = 60;
const CHECKED = 10;

let persist: string;
let servers: Servers;

const start = async () => {
  servers = await runServers(inject("workers"), {
    port: 0,
    registryPort: 0,
    persist,
    token: TOKEN,
  });
};

beforeAll(async () => {
  persist = await mkdtemp(join(tmpdir(), "pddm-kill-"));
  await start();
  const registry = new RegistryClient(servers.registryUrl, TOKEN);
  for (const [name, ranking] of [
    ["by-s", "s"],
    ["by-d", "d"],
  ] as const) {
    const files = await tinyPackage({ name, form: "local", ranking });
    const manifest = await parseManifest(files.manifest);
    await registry.publish(manifest, files);
    await registry.promote(name, manifest.version, "stable");
    // Of the second kind, several shards.
    const capacity = ranking === "s" ? 1000 : 9_000_000;
    expect((await call("PUT", name, { model: name, capacity })).status).toBe(201);
  }
});
afterAll(async () => {
  await servers.stop();
  await rm(persist, { recursive: true, force: true });
});

const call = (method: string, path: string, body?: object) =>
  fetch(new URL(`/collections/${path}`, servers.apiUrl), {
    method,
    headers: { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });

/** What is written in the `edition`-th writing of an id. */
function contentOf(id: string, edition: number) {
  const seed = Number(id.slice(1)) + 0.37 * edition;
  const row = Array.from({ length: 6 }, (_, k) => Math.sin(seed * (k + 1) + k));
  const length = Math.hypot(...row);
  return { id, embedding: row.map((value) => value / length), metadata: { id, edition } };
}

/** The last edition of each id that was acknowledged, and the last one that was sent. */
class Ledger {
  readonly acknowledged = new Map<string, number>();
  readonly sent = new Map<string, number>();
  private edition = 0;

  constructor(readonly name: string) {}

  /** Writes and deletes until the server is gone. Each writer has ids of its own, so that their order is known. */
  async write(writer: number): Promise<void> {
    for (;;) {
      const edition = ++this.edition;
      const ids = Array.from({ length: BATCH }, () => {
        const at = Math.floor(Math.random() * (IDS / WRITERS)) * WRITERS + writer;
        return `i${at}`;
      });
      const distinct = [...new Set(ids)];
      for (const id of distinct) this.sent.set(id, edition);
      try {
        const items = distinct.map((id) => contentOf(id, edition));
        const response = await call("POST", `${this.name}/items`, { items });
        const { errors } = putItems.answer.schema.parse(await response.json());
        expect(errors).toEqual([]);
        for (const id of distinct) this.acknowledged.set(id, edition);
      } catch (error) {
        // The connection broke, because the server is gone.
        if (error instanceof TypeError) return;
        throw error;
      }
    }
  }

  /** Compares the collection with what was acknowledged. @returns how many items it holds */
  async check(): Promise<number> {
    const stored: z.output<typeof listItems.answer.schema>["items"] = [];
    for (let after: string | null = ""; after !== null;) {
      const query: string = `limit=25&include=embedding${after && `&after=${after}`}`;
      const response = await call("GET", `${this.name}/items?${query}`);
      const page = listItems.answer.schema.parse(await response.json());
      stored.push(...page.items);
      after = page.next;
    }
    const ids = stored.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of this.acknowledged.keys()) expect(ids).toContain(id);
    for (const { id, metadata, embedding } of stored) {
      const edition = Number(metadata.edition);
      // What was sent last may or may not have been written when the server died.
      expect([this.acknowledged.get(id), this.sent.get(id)]).toContain(edition);
      const bytes = Buffer.from(String(embedding), "base64");
      contentOf(id, edition).embedding.forEach((value, k) => {
        expect(bytes.readFloatLE(4 * k)).toBeCloseTo(value, 5);
      });
      this.acknowledged.set(id, edition);
      this.sent.set(id, edition);
    }
    const described = collectionSchema.parse(await (await call("GET", this.name)).json());
    expect(described.count).toBe(ids.length);
    // The index of the scan and that of the filter know each item, as it is now, once.
    for (const { id, metadata } of stored.slice(0, CHECKED)) {
      const { embedding } = contentOf(id, Number(metadata.edition));
      const body = { query: { embedding }, filter: { id }, top_k: 5 };
      const response = await call("POST", `${this.name}/search`, body);
      const { results } = search.answer.schema.parse(await response.json());
      expect(results).toMatchObject([{ id, metadata: { edition: metadata.edition } }]);
      expect(results[0].distance).toBeLessThan(1e-3);
    }
    return ids.length;
  }
}

describe.runIf(process.platform === "linux")("a workerd that is killed while it writes", () => {
  it(
    `${KILLS} times, loses nothing that was acknowledged and has nothing by halves`,
    async () => {
      const ledgers = ["by-s", "by-d"].map((name) => new Ledger(name));
      let held = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const writing = ledgers.flatMap((ledger) =>
          Array.from({ length: WRITERS }, (_, writer) => ledger.write(writer)),
        );
        await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 500));
        for (const id of workerds()) process.kill(Number(id), "SIGKILL");
        await Promise.all(writing);
        await servers.stop();
        await start();
        held = 0;
        for (const ledger of ledgers) held += await ledger.check();
      }
      const written = ledgers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
      expect(held).toBe(written);
      expect(held).toBeGreaterThan(IDS / 2);
    },
    60_000 + KILLS * 10_000,
  );
});

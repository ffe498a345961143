import { beforeAll, expect, it } from "vitest";
import type * as z from "zod";
import { RegistryClient } from "../../scripts/lib/registry.ts";
import { parseManifest } from "../../shared/package/manifest.ts";
import { collectionSchema } from "../../workers/api/contract/collections/collection.ts";
import { search } from "../../workers/api/contract/collections/search.ts";
import { tinyPackage } from "../workers/tinyPackage.ts";
import { fixtures } from "../workers/api/fixtures.ts";
import { TOKEN, useServers } from "./servers.ts";

/** `npm run rollout` asks 5,000 times. */
const SEARCHES = Number(process.env.ROLLOUT_SEARCHES ?? 300);
const CONNECTIONS = 8;
const MOVES = Math.max(2, SEARCHES / 250);

const NAME = "moving";

// Every request looks at the channel again.
const servers = useServers({ variables: { DEFAULT_MODEL: NAME, REFRESH_SECONDS: "0" } });

const call = (method: string, rest: string, body?: object) =>
  fetch(new URL(`/collections/pictures${rest}`, servers().apiUrl), {
    method,
    headers: { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });

const ask = async () => {
  const response = await call("POST", "/search", { query: fixtures.png, top_k: 50 });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return search.answer.schema.parse(JSON.parse(text));
};

const describeIt = async () => collectionSchema.parse(await (await call("GET", "")).json());

const { png, jpeg, jpegGrey, webp, webpLossless, pngTransparent, pngPalette, avif } = fixtures;
const images = { png, jpeg, jpegGrey, webp, webpLossless, pngTransparent, pngPalette, avif };

const versions: string[] = [];
/** The distances of all items by each version. */
const expected = new Map<string, Record<string, number>>();

type Answer = z.output<typeof search.answer.schema>;
const distancesOf = ({ results }: Answer) =>
  Object.fromEntries(results.map(({ id, distance }) => [id, distance]));

const promote = (version: string) =>
  new RegistryClient(servers().registryUrl, TOKEN).promote(NAME, version, "stable");

/** Promotes a version, and waits until the collection serves it. */
async function moveTo(version: string): Promise<void> {
  await promote(version);
  for (let waited = 0; (await describeIt()).version !== version; waited += 20) {
    expect(waited).toBeLessThan(60_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

beforeAll(async () => {
  const client = new RegistryClient(servers().registryUrl, TOKEN);
  for (const seed of [1, 2]) {
    const files = await tinyPackage({ name: NAME, seed, ranking: "d" });
    const manifest = await parseManifest(files.manifest);
    await client.publish(manifest, files);
    versions.push(manifest.version);
  }
  await promote(versions[0]);
  // Several shards, which do not learn of the move at the same moment.
  const made = await call("PUT", "", { model: NAME, capacity: 9_000_000, store_images: true });
  expect(made.status, await made.text()).toBe(201);
  const items = Array.from({ length: 5 }, (_, copy) =>
    Object.entries(images).map(([kind, image]) => ({ id: `${kind} ${copy}`, image })),
  ).flat();
  expect((await call("POST", "/items", { items })).status).toBe(200);
  for (const version of versions) {
    await moveTo(version);
    const answer = await ask();
    expect(answer.version).toBe(version);
    expected.set(version, distancesOf(answer));
  }
});

it(`no answer of ${SEARCHES} mixes versions while their collection moves between them`, async () => {
  const seen = new Map<string, number>();
  let asked = 0;
  const connection = async () => {
    while (asked < SEARCHES) {
      asked += 1;
      const answer = await ask();
      const distances = expected.get(answer.version) ?? {};
      expect(answer.results).toHaveLength(Object.keys(distances).length);
      for (const { id, distance } of answer.results) expect(distance).toBeCloseTo(distances[id], 4);
      seen.set(answer.version, (seen.get(answer.version) ?? 0) + 1);
    }
  };
  const moving = (async () => {
    for (let move = 0; move < MOVES; move++) {
      const from = asked;
      await moveTo(versions[move % versions.length]);
      // Some searches between two moves.
      while (asked < SEARCHES && asked - from < SEARCHES / MOVES) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  })();
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  await moving;
  expect([...seen.keys()].sort()).toEqual([...versions].sort());
  expect([...seen.values()].reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(SEARCHES);
}, 600_000);

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, inject, it } from "vitest";
import { collectionSchema } from "../../workers/api/contract/collections/collection.ts";
import { complaints, runScript } from "../scripts/command.ts";
import { publishTiny } from "./publishTiny.ts";
import { useServers } from "./servers.ts";

const { folder } = inject("tiny");

/** Less than the command sends in one request. */
const LIMIT = 20_000;
const servers = useServers({ variables: { MAX_BODY_BYTES: String(LIMIT) } });

beforeAll(async () => {
  await publishTiny(servers().registryUrl);
});

it("npm run index sends less at a time to a Worker that takes less", async () => {
  const files = (
    await readdir(join(folder, "emoji"), { withFileTypes: true, recursive: true })
  ).filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  // All together are too large, and none alone.
  expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(2 * LIMIT);
  expect(Math.max(...sizes)).toBeLessThan(LIMIT - 1000);
  const { apiUrl } = servers();
  const flags = ["emoji", "--collection", "birds", "--url", apiUrl];
  const { code, stdout, stderr } = await runScript("index", flags, folder);
  expect(complaints(stderr)).toEqual([]);
  expect(code).toBe(0);
  expect(stdout).not.toContain("Skipped");
  const described = await fetch(new URL("/collections/birds", apiUrl));
  expect(collectionSchema.parse(await described.json()).count).toBe(files.length);
});

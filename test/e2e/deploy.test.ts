import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Command, ROOT } from "../scripts/command.ts";

const WRANGLER = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");

/** What the issue allows; Cloudflare's free plan takes 3 MB. */
const LIMIT = 3 * 2 ** 20;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-deploy-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs `wrangler deploy --dry-run`; what would be uploaded goes into a folder. */
async function dryRun(worker: string, config: string) {
  const outdir = join(folder, worker);
  const args = ["deploy", "--dry-run", "--outdir", outdir, "--config", config];
  const env = { CI: "1", WRANGLER_SEND_METRICS: "false" };
  return { outdir, ...(await new Command([WRANGLER, ...args], ROOT, env).ended) };
}

/** Bytes of each uploaded file, gzipped; source maps are not part of the Worker. */
async function gzippedSizes(outdir: string): Promise<Map<string, number>> {
  const files = (await readdir(outdir)).filter((file) => /\.(js|wasm)$/.test(file));
  const sizes = files.map(async (file): Promise<[string, number]> => {
    return [file, gzipSync(await readFile(join(outdir, file))).length];
  });
  return new Map(await Promise.all(sizes));
}

describe("wrangler deploy --dry-run", () => {
  it("bundles the API Worker, under 3 MiB gzipped", async () => {
    const { code, stdout, stderr, outdir } = await dryRun("api", "wrangler.toml");
    expect(code, stderr).toBe(0);
    // As it comes, it refuses everything until it is given keys.
    expect(stdout).toContain("env.LOAD_SECONDS");
    expect(stdout).not.toContain("OPEN_TO_ALL");
    const sizes = await gzippedSizes(outdir);
    const files = [...sizes.keys()].join(" ");
    const kernel = ["-simd.wasm", "-relaxed.wasm", "-fused.wasm", "-pairs.wasm"];
    for (const part of [
      "index.js",
      "tfjs-backend-wasm-simd",
      ...kernel,
      "jpeg-turbo",
      "webp",
      "resample",
    ]) {
      expect(files).toContain(part);
    }
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    expect(total, JSON.stringify(Object.fromEntries(sizes))).toBeLessThan(LIMIT);
  });

  it("bundles the registry Worker", async () => {
    const config = join("workers", "registry", "wrangler.toml");
    const { code, stderr, outdir } = await dryRun("registry", config);
    expect(code, stderr).toBe(0);
    expect([...(await gzippedSizes(outdir)).keys()]).toEqual(["index.js"]);
  });

  it("bundles the search Worker", async () => {
    const config = join("workers", "search", "wrangler.toml");
    const { code, stdout, stderr, outdir } = await dryRun("search", config);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("env.SHARDS");
    const files = [...(await gzippedSizes(outdir)).keys()].join(" ");
    for (const part of ["index.js", "-simd.wasm", "-relaxed.wasm"]) expect(files).toContain(part);
  });
});

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const WRANGLER = join(
  dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
  "bin",
  "wrangler.js",
);

/** A Worker as `wrangler deploy` would upload it: index.js and the .wasm modules beside it. */
export interface Bundle {
  folder: string;
  remove(): Promise<void>;
}

/**
 * Bundles a Worker by `wrangler deploy --dry-run`, which needs no account and no network.
 *
 * @param config path of its wrangler.toml
 */
export async function bundleWorker(config: string): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), "pddm-worker-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const args = [WRANGLER, "deploy", "--dry-run", "--outdir", folder, "--config", config];
  try {
    await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" },
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, remove };
}

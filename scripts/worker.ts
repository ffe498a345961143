import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { BACKENDS } from "../trainer/backends/names.ts";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import { ComputeError } from "../trainer/jobs/compute.ts";
import { chooseBackend, gpuMemory } from "../trainer/jobs/device.ts";
import { Worker } from "../trainer/jobs/worker.ts";
import { parseUrl } from "./lib/parseUrl.ts";
import { findToken } from "./lib/registry.ts";

const EXAMPLES = `
Examples:
  $ npm run worker -- --registry http://localhost:8788
  $ REGISTRY_TOKEN=... npm run worker -- --registry https://pddm-registry.example.workers.dev --backend cuda
  $ npm run worker -- --registry http://localhost:8788 --weights weights --checkpoint-every 5
  $ npm run worker -- --registry http://localhost:8788 --once

The variable REGISTRY_TOKEN holds a key of the scope work. SIGTERM and Ctrl-C save a checkpoint and give
the job back; another worker goes on with it. docs/gpu-workers.md tells more.
`;

const GB = 1e9;
const MINUTE_MS = 60_000;

const optionsSchema = z.object({
  registry: z.string(),
  once: z.boolean().optional(),
  backend: z.enum(["auto", ...BACKENDS]),
  cache: z.string(),
  cacheLimit: z.number(),
  checkpointEvery: z.number(),
  weights: z.string().optional(),
  name: z.string(),
});

function toPositive(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError("It is a number above 0.");
}

// One that another program has started ends with it.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();

await runMain(async (signal) => {
  const command = new Command("npm run worker --")
    .description("Do the training jobs of a registry: train, publish, promote where it is better.")
    .requiredOption("--registry <url>", "where the registry Worker listens")
    .option("--once", "wait for a job, do it, and end")
    .addOption(
      new Option("--backend <name>", "where the tensors live")
        .choices(["auto", ...BACKENDS])
        .default("auto"),
    )
    .option("--cache <folder>", "of data sets and runs", join(homedir(), ".cache", "pddm-worker"))
    .option("--cache-limit <GB>", "gigabytes of data sets that it may hold", toPositive, 20)
    .option("--checkpoint-every <minutes>", "how often a checkpoint is sent", toPositive, 10)
    .option("--weights <folder>", "pretrained weights that jobs may name in --init and --network")
    .option("--name <name>", "of this worker", hostname())
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const options = optionsSchema.parse(command.opts());
  const registry = parseUrl("--registry", options.registry);
  const token = await findToken(registry, "work");
  const say = (line: string) => console.log(line);
  const backend = await chooseBackend(options.backend, say, signal).catch((error: unknown) => {
    throw error instanceof ComputeError ? new UserError(error.message) : error;
  });
  if (backend === null) return;
  const claim = {
    worker: options.name,
    backend,
    gpuBytes: backend === "wasm" ? 0 : await gpuMemory(),
  };
  const worker = new Worker(
    claim,
    {
      ...{ url: registry.origin, token, backend, cache: options.cache, say },
      cacheLimit: options.cacheLimit * GB,
      weights: options.weights ?? null,
      checkpointEveryMs: options.checkpointEvery * MINUTE_MS,
    },
    signal,
  );
  say(`Worker "${options.name}" waits for jobs of ${registry.origin}, on ${backend}`);
  await worker.work(options.once ?? false);
});

import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import * as z from "zod";
import { configSchema } from "../trainer/runs/config.ts";
import { UserError } from "../trainer/error.ts";
import { Progress } from "../trainer/console/progress.ts";
import { runMain } from "../trainer/console/main.ts";
import { prepareEmoji } from "../trainer/data/emoji.ts";
import { readPackage } from "../trainer/export/package.ts";
import { writeAtomically } from "../trainer/files.ts";
import { produce } from "../trainer/runs/produce.ts";
import { Run } from "../trainer/runs/run.ts";
import { startWorker } from "./lib/localWorker.ts";
import { LOCAL_TOKEN_FILE, RegistryClient } from "./lib/registry.ts";
import { assertPortFree, startServers } from "./lib/serve.ts";

const EXAMPLES = `
Examples:
  $ npm start
  $ npm start -- --port 9000 --registry-port 9001
  $ npm start -- --retrain
  $ npm start -- --no-worker
`;

const EMOJI = join(".cache", "emoji");
const BUCKET = join(".cache", "r2");
const WORKER_CACHE = join(".cache", "worker");

/** The quick recipe: small enough for two minutes on two cores. */
const QUICK = configSchema.parse({
  data: EMOJI,
  name: "emoji",
  backend: "wasm",
  size: 32,
  steps: 450,
  classesPerBatch: 24,
});

const optionsSchema = z.object({
  port: z.number(),
  registryPort: z.number(),
  retrain: z.boolean().optional(),
  worker: z.boolean(),
});

function toPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError("A port is a number from 1 to 65535.");
}

/** The registry's key on this machine. It is made once, and only its owner can read it. */
async function localToken(): Promise<string> {
  const existing = await readFile(LOCAL_TOKEN_FILE, "utf8").catch(() => "");
  if (existing) return existing;
  const token = randomBytes(24).toString("hex");
  await writeAtomically(LOCAL_TOKEN_FILE, token, 0o600);
  return token;
}

/** Trains and exports the quick model unless it exists. @returns false if interrupted */
async function prepareModel(run: Run, signal: AbortSignal): Promise<boolean> {
  if (run.hasPackage) return true;
  let drawing: Progress | undefined;
  await prepareEmoji(EMOJI, (done, total) => {
    drawing ??= new Progress("drawing ", "emoji", total);
    drawing.update(done);
  });
  drawing?.stop();
  if (signal.aborted) return false;
  // A stopped run continues with its own settings.
  const config = run.exists ? (await run.record()).config : QUICK;
  return produce(run, config, console.log, signal);
}

/** A line to paste: S of one drawing against two others. */
function exampleCurl(url: string): string {
  const image = (path: string) => `"'$(base64 < ${join(EMOJI, path)} | tr -d '\\n')'"`;
  const [source, ...candidates] = [
    "sunflower/noto.png",
    "sunflower/twemoji.png",
    "whale/noto.png",
  ].map(image);
  const body = `{"source":${source},"candidates":[${candidates.join()}]}`;
  return `curl -s ${url}/similarity -H 'content-type: application/json' -d '${body}'`;
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

await runMain(async (signal) => {
  const command = new Command("npm start --")
    .description("Train the quick model on emoji, publish it, and serve it on this machine.")
    .option("--port <number>", "where the API listens", toPort, 8787)
    .option("--registry-port <number>", "where the registry listens", toPort, 8788)
    .option("--retrain", "train the quick model again")
    .option("--no-worker", "start no worker for training jobs")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const { port, registryPort, retrain, worker } = optionsSchema.parse(command.opts());
  await assertPortFree(port, "--port");
  await assertPortFree(registryPort, "--registry-port");

  const run = new Run(join("runs", QUICK.name));
  if (retrain) await rm(run.folder, { recursive: true, force: true });
  if (!(await prepareModel(run, signal))) return;

  const { manifest, files } = await readPackage(run.packageFolder);
  const token = await localToken();
  const servers = await startServers({ port, registryPort, persist: BUCKET, token });
  let stopWorker = () => Promise.resolve();
  try {
    const registry = new RegistryClient(servers.registryUrl, token);
    await registry.publish(manifest, files);
    await registry.promote(manifest.name, manifest.version, "stable");
    console.log(`Published and promoted ${manifest.name}@${manifest.version}`);
    console.log(`\nThe API listens on       ${servers.apiUrl} (no keys, on this machine only)`);
    console.log(`The registry listens on  ${servers.registryUrl} (token in ${LOCAL_TOKEN_FILE})`);
    console.log(`\nTry it in a browser: ${servers.apiUrl}/ (every route: ${servers.apiUrl}/docs)`);
    console.log(
      "Or in a shell: compare a sunflower with another one and a whale (all new to the model):\n",
    );
    console.log(`  ${exampleCurl(servers.apiUrl)}\n`);
    console.log(
      `Search your own images: ${servers.apiUrl}/#search, or npm run index -- <folder> --collection <name> --url ${servers.apiUrl}`,
    );
    console.log(
      `Jobs of training: ${servers.registryUrl}/jobs (asks for a key: the token in ${LOCAL_TOKEN_FILE})`,
    );
    if (worker) {
      const options = { registryUrl: servers.registryUrl, token, cache: WORKER_CACHE };
      stopWorker = startWorker(options, console.log);
      console.log(
        "A worker waits for training jobs: npm run dataset -- push <folder> --name <name>, then npm run jobs -- submit --help",
      );
    }
    console.log("Ctrl-C stops both.");
    const ended = await Promise.race([untilAborted(signal), servers.ended]);
    if (ended && !signal.aborted) {
      throw new UserError(`the workerd of the ${ended} has ended unexpectedly; start again`);
    }
  } finally {
    // First the worker: it gives its job back to the registry.
    await stopWorker();
    await servers.stop();
  }
});

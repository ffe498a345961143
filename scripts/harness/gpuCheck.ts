/**
 * Checks a machine that is to train: doctor, gradcheck, and one job of a registry that runs on the same machine, as a
 * worker would do it there.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import * as z from "zod";
import { type BackendName, BACKENDS } from "../../trainer/backends/names.ts";
import { runMain } from "../../trainer/console/main.ts";
import { prepareEmoji } from "../../trainer/data/emoji.ts";
import { UserError } from "../../trainer/error.ts";
import { describeProgress } from "../../trainer/jobs/describe.ts";
import { JobsClient } from "../../trainer/registry/jobs.ts";
import { PATIENCE } from "../../trainer/registry/patience.ts";
import { describeEnd } from "../lib/jobs.ts";
import { startServers } from "../lib/serve.ts";

const EXAMPLES = `
Examples:
  $ timeout 900 node --import tsx scripts/harness/gpuCheck.ts --backend cuda
  $ timeout 900 node --import tsx scripts/harness/gpuCheck.ts --backend webgpu --data photos/birds --size 96

Without --data, the job trains on some of the emoji that npm start draws.
`;

/** Every eighth of the emoji: enough classes to compare models on. */
const SHARE = 8;

const optionsSchema = z.object({
  backend: z.enum(BACKENDS),
  data: z.string().optional(),
  size: z.string(),
  steps: z.string(),
});

interface Step {
  name: string;
  seconds: number;
  passed: boolean;
}

/** Runs the checks one after the other, and remembers how long each took. */
class Checks {
  readonly steps: Step[] = [];

  constructor(private readonly signal: AbortSignal) {}

  /** @throws UserError, after which nothing else is of use */
  async demand(name: string, work: () => Promise<unknown>): Promise<void> {
    console.log(`\n== ${name}`);
    const started = performance.now();
    let passed = false;
    try {
      await work();
      passed = true;
    } finally {
      this.steps.push({ name, seconds: (performance.now() - started) / 1000, passed });
    }
  }

  /** The same, but goes on where it fails. */
  async try(name: string, work: () => Promise<unknown>): Promise<void> {
    await this.demand(name, work).catch((error: unknown) => {
      if (this.signal.aborted || !(error instanceof UserError)) throw error;
      console.error(error.message);
    });
  }

  /** A command of scripts/, which prints for itself. */
  async script(name: string, args: string[], env: Record<string, string> = {}): Promise<void> {
    const path = join(import.meta.dirname, "..", `${name}.ts`);
    const child = spawn(process.execPath, ["--import", "tsx", path, ...args], {
      env: { ...process.env, ...env },
      stdio: "inherit",
      signal: this.signal,
      killSignal: "SIGTERM",
    });
    const [code] = z.tuple([z.number().nullable(), z.unknown()]).parse(await once(child, "close"));
    if (code !== 0) throw new UserError(`npm run ${name} has failed`);
  }
}

/** Trains one job by one worker. @returns lines about its end */
async function tryJob(
  checks: Checks,
  folder: string,
  { backend, data, size, steps }: z.infer<typeof optionsSchema>,
  signal: AbortSignal,
): Promise<string[]> {
  const token = randomBytes(24).toString("hex");
  const persist = join(folder, "r2");
  const servers = await startServers({ port: 0, registryPort: 0, persist, token });
  try {
    const [env, registry] = [{ REGISTRY_TOKEN: token }, ["--registry", servers.registryUrl]];
    const pictures = data === undefined ? join(folder, "emoji") : resolve(data);
    if (data === undefined) {
      const some = <T>(all: T[]) => all.filter((_, at) => at % SHARE === 0);
      await prepareEmoji(pictures, () => undefined, some);
    }
    await checks.demand("a data set", () =>
      checks.script("dataset", ["push", pictures, "--name", "check", ...registry], env),
    );
    const job = ["--dataset", "check", "--model", "check", "--backend", backend];
    await checks.demand("a job", async () => {
      const flags = [...job, "--size", size, "--steps", steps, ...registry];
      await checks.script("jobs", ["submit", ...flags], env);
      const place = ["--once", "--backend", backend, "--cache", join(folder, "cache")];
      await checks.script("worker", [...place, ...registry], env);
    });
    const access = { url: servers.registryUrl, token, signal, patience: PATIENCE };
    const [done] = await new JobsClient(access).list();
    if (!done) throw new UserError("the registry has lost the job");
    if (done.state !== "done") process.exitCode = 1;
    return [...describeEnd(done), describeProgress(done.progress)];
  } finally {
    await servers.stop();
  }
}

/** Whatever runs here is examined; the backend is the one that is asked for. */
async function checkBackend(checks: Checks, backend: BackendName): Promise<void> {
  await checks.try("doctor", () => checks.script("doctor", []));
  await checks.try("gradcheck", () => checks.script("gradcheck", ["--backend", backend]));
}

await runMain(async (signal) => {
  const command = new Command("node --import tsx scripts/harness/gpuCheck.ts")
    .description(
      "Check a machine that is to train: doctor, gradcheck, and one job from a registry.",
    )
    .addOption(
      new Option("--backend <name>", "what the job demands")
        .choices(BACKENDS)
        .makeOptionMandatory(),
    )
    .option("--data <folder>", "images, one sub-folder per class")
    .option("--size <number>", "width and height of the input, in pixels", "32")
    .option("--steps <number>", "training steps", "200")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const options = optionsSchema.parse(command.opts());
  const folder = await mkdtemp(join(tmpdir(), "pddm-check-"));
  const checks = new Checks(signal);
  const end: string[] = [];
  try {
    await checkBackend(checks, options.backend);
    end.push(...(await tryJob(checks, folder, options, signal)));
  } finally {
    await rm(folder, { recursive: true, force: true });
    console.log(`\n== Summary, ${options.backend}`);
    for (const { name, seconds, passed } of checks.steps) {
      console.log(
        `${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s  ${passed ? "passed" : "FAILED"}`,
      );
    }
    for (const line of end) console.log(line);
    if (checks.steps.some(({ passed }) => !passed)) process.exitCode = 1;
  }
});

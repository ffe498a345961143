import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import * as z from "zod";
import { firstIssue } from "../shared/firstIssue.ts";
import { openBackend } from "../trainer/backends/open.ts";
import { runMain } from "../trainer/console/main.ts";
import { Progress } from "../trainer/console/progress.ts";
import { UserError } from "../trainer/error.ts";
import { RegistryClient } from "./lib/registry.ts";
import { startServers } from "./lib/serve.ts";
import { Fleet, VARIABLES } from "./harness/soak/fleet.ts";
import { growth, slowdown } from "./harness/soak/judge.ts";
import { type Load, soak, type Soak } from "./harness/soak/soak.ts";
import { tables } from "./harness/soak/tables.ts";

const EXAMPLES = `
Examples:
  $ npm run soak
  $ npm run soak -- --requests 5000
  $ npm run soak -- --connections 32 --seed 2

Both Workers run in workerd, on their own bucket. The command fails and says why if
  - an answer is wrong; embeddings must equal the first ones bit for bit,
  - the isolate's JavaScript heap or WebAssembly's memory is more than 1 MiB larger in the last tenth of the
    requests than in the second,
  - tensors are left, or
  - with 10,000 requests or more, the 99th percentile of time in the last tenth is more than 1.5 times that
    in the first.
`;

const PARTS = 10;

/** With fewer requests the percentiles mean nothing. */
const TIMED = 10_000;

const TOKEN = "soak";

const toCount = (text: string): number => {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Not a whole number above 0.");
};

const optionsSchema = z.object({
  requests: z.number().refine((count) => count % 10 === 0 && count >= 100, {
    error: "--requests takes a multiple of ten, 100 or more",
  }),
  connections: z.number(),
  seed: z.number(),
});

async function run(load: Load, signal: AbortSignal): Promise<Soak> {
  const persist = await mkdtemp(join(tmpdir(), "pddm-soak-"));
  try {
    const servers = await startServers({
      ...{ port: 0, registryPort: 0, persist, token: TOKEN },
      variables: VARIABLES,
      inspect: true,
    });
    try {
      const fleet = await Fleet.publish(new RegistryClient(servers.registryUrl, TOKEN));
      const progress = new Progress("soaking ", "requests", load.requests);
      try {
        return await soak(servers, fleet, load, signal, (done) => progress.update(done));
      } finally {
        progress.stop();
      }
    } finally {
      await servers.stop();
    }
  } finally {
    await rm(persist, { recursive: true, force: true });
  }
}

await runMain(async (signal) => {
  const command = new Command("npm run soak --")
    .description("Ask every route of the API Worker many times, and check that nothing grows.")
    .option("--requests <number>", "how many, a multiple of ten", toCount, 50_000)
    .option("--connections <number>", "how many at a time", toCount, 8)
    .option("--seed <number>", "chooses images and requests", toCount, 1)
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const options = optionsSchema.safeParse(command.opts());
  if (!options.success) throw new UserError(firstIssue(options.error).message);
  const { requests } = options.data;
  await openBackend("wasm", console.error);
  const started = performance.now();
  const soaked = await run({ ...options.data, parts: PARTS }, signal);
  if (signal.aborted) return;
  const { parts, failures } = soaked;
  const minutes = (performance.now() - started) / 60_000;
  console.log(`\n${tables(soaked)}\n\n${minutes.toFixed(1)} minutes`);
  const problems = [
    ...failures,
    ...(parts.length === PARTS ? growth(parts) : []),
    ...(parts.length === PARTS && requests >= TIMED ? slowdown(parts) : []),
  ];
  for (const problem of problems) console.error(`Error: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log("All answers were right, and nothing grew.");
});

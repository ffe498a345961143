import { Command, InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { type Fit, FITS } from "../shared/image/frame.ts";
import type { PackageFiles } from "../shared/package/codec.ts";
import { openBackend } from "../trainer/backends/open.ts";
import { runMain } from "../trainer/console/main.ts";
import { Progress } from "../trainer/console/progress.ts";
import { residentBytes } from "./harness/measure/resident.ts";
import { QUICK } from "./harness/bench/networks.ts";
import { Stage } from "./harness/bench/stage.ts";
import { apiTarget } from "./harness/fuzz/apiTarget.ts";
import { KINDS } from "./harness/fuzz/cases.ts";
import { type Failure, fuzz, type Target } from "./harness/fuzz/fuzz.ts";
import { drawLargeSamples, drawSamples } from "./harness/fuzz/images.ts";
import { countLoads } from "./harness/fuzz/loads.ts";
import { checkJobs } from "./harness/fuzz/registry/table.ts";
import { registryTarget } from "./harness/fuzz/registry/target.ts";
import { hearWitnesses } from "./harness/fuzz/witnesses.ts";
import { drawPackage, startApi, startRegistry } from "./harness/fuzz/worker.ts";

const EXAMPLES = `
Examples:
  $ npm run fuzz
  $ npm run fuzz -- --cases 2000 --seed 7
  $ npm run fuzz -- --only collection
  $ npm run fuzz -- --only registry

Each case sends a Worker in workerd one bad request over HTTP: to the API Worker a damaged image file, a wrong
body or strange HTTP, and to the registry a damaged data set, package, job or report of a worker. The Worker
must answer or refuse it as the contract says, within 2 s and never with a 500. On Linux, if the machine is
busy with other work, the limit counts workerd's own CPU time. A good request after it must get the same
answer as at the start, bit for bit. In the end every job of the registry must have come to its state in a
legal way.
`;

/** How long an answer may take. */
const LIMIT_MS = 2000;

/** While one connection waits for its answer, the next case of the other is made. */
const CONNECTIONS = 2;

/** Cases between readings of workerd's memory. */
const NOTE_EVERY = 100;

/** Characters of a text in a case that are printed. */
const PRINTED = 500;

const REGISTRY = "registry";

const ONLY = [...KINDS, REGISTRY] as const;

const optionsSchema = z.object({
  cases: z.number(),
  seed: z.number(),
  path: z.string().optional(),
  fit: z.enum(FITS),
  only: z.enum(ONLY).optional(),
});

type Options = z.infer<typeof optionsSchema>;

function toCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0 && count < 2 ** 31) return count;
  throw new InvalidArgumentError("Give a whole number from 1 on.");
}

const mebibytes = (bytes: number | null) =>
  bytes === null ? "unknown" : `${Math.round(bytes / 2 ** 20)} MiB`;

/** Cuts long texts; the printed command reproduces them in full. */
const shorten = (_: string, value: unknown) =>
  typeof value === "string" && value.length > PRINTED
    ? `${value.slice(0, PRINTED)}... (${value.length} characters)`
    : value;

const explain = ({ seed, path, counterexample, problem }: Failure, fit: Fit, only?: string) =>
  `\nFailed: ${problem}\nThe smallest case that fails: ${JSON.stringify(counterexample, shorten, 1)}\n` +
  `Repeat it: npm run fuzz -- ${only ? `--only ${only} ` : ""}--fit ${fit} --seed ${seed} --path ${path}`;

/** Asks the cases of a Worker, and tells what came of it. @returns the failure */
async function run<C>(
  title: string,
  target: Target<C>,
  { seed, cases, path }: Options,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const residentAtFirst = residentBytes();
  const started = performance.now();
  const progress = new Progress(`fuzzing the ${title}`, "cases", path === undefined ? cases : 1);
  let note = "";
  const onCase = (done: number) => {
    if (done % NOTE_EVERY === 1) note = `workerd ${mebibytes(residentBytes())}`;
    progress.update(done, note);
  };
  const limits = { connections: CONNECTIONS, limitMs: LIMIT_MS };
  const { tally, failure } = await fuzz(target, { seed, cases, path, ...limits, signal, onCase });
  progress.stop();
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`\n${tally.cases} cases in ${seconds} s, by the status of the answer:`);
  console.log(tally.lines().join("\n"));
  console.log(`The slowest answer took ${Math.round(tally.slowestMs)} ms.`);
  console.log(
    `workerd's resident memory: ${mebibytes(residentAtFirst)} at first, ` +
      `${mebibytes(residentBytes())} at the end`,
  );
  return failure;
}

/** @returns whether all went well */
async function fuzzApi(stage: Stage, files: PackageFiles, options: Options): Promise<boolean> {
  const { fit, only } = options;
  const subject = await startApi(stage, files);
  const samples = new Map([...(await drawSamples()), ...(await drawLargeSamples())]);
  const witnesses = await hearWitnesses(subject.url, samples, LIMIT_MS);
  const { dimensions } = QUICK.config;
  const material = { samples, dimensions, witnesses: [...witnesses.keys()] };
  const kinds = KINDS.filter((kind) => only === undefined || kind === only);
  const target = apiTarget(subject, material, witnesses, LIMIT_MS, kinds);
  const failure = await run("API Worker", target, options, stage.signal);
  const loads = await countLoads(subject.url);
  await subject.stop();
  if (failure) console.error(explain(failure, fit, only));
  if (loads !== 1) console.error("\nFailed: the isolate crashed, and another took its place.");
  return !failure && loads === 1;
}

/** @returns whether all went well */
async function fuzzRegistry(stage: Stage, files: PackageFiles, options: Options): Promise<boolean> {
  const subject = await startRegistry(stage);
  const target = await registryTarget(subject, files, LIMIT_MS);
  const failure = await run(REGISTRY, target, options, stage.signal);
  if (failure) console.error(explain(failure, options.fit, REGISTRY));
  const jobs = await checkJobs(subject.url);
  console.log(`All ${jobs} jobs have come to their states in a legal way.`);
  await subject.stop();
  return !failure;
}

await runMain(async (signal) => {
  const command = new Command("npm run fuzz --")
    .description("Send the Workers bad input of all kinds, and check that they take no harm.")
    .option("--cases <number>", "how many cases for each Worker", toCount, 20_000)
    .addOption(
      new Option("--seed <number>", "repeats an earlier run")
        .argParser(toCount)
        .default(1 + (Date.now() % 1_000_000), "random"),
    )
    .addOption(
      new Option("--fit <fit>", "how the network's pictures get its shape")
        .choices(FITS)
        .default("cover" satisfies Fit),
    )
    .addOption(
      new Option(
        "--only <kind>",
        "cases of one kind for the API Worker, or the registry alone",
      ).choices(ONLY),
    )
    .option("--path <path>", "with the seed, repeats one failure")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const options = optionsSchema.parse(command.opts());
  const { only, path, fit, seed } = options;
  const stage = await Stage.open(false, console.error, signal);
  try {
    await openBackend("wasm", console.error);
    const files = await drawPackage(fit);
    console.log(`Seed ${seed}`);
    const results: boolean[] = [];
    if (only !== REGISTRY) results.push(await fuzzApi(stage, files, options));
    // A path is of one Worker's cases.
    const both = only === undefined && path === undefined;
    if (only === REGISTRY || both) results.push(await fuzzRegistry(stage, files, options));
    if (results.includes(false)) process.exitCode = 1;
  } catch (error) {
    // Ctrl-C makes unfinished work fail, which is no error of its own.
    if (!signal.aborted) throw error;
  } finally {
    await stage.close();
  }
});

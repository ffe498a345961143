import { Command, InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { type Fit, FITS } from "../shared/image/frame.ts";
import { openBackend } from "../trainer/backends/open.ts";
import { runMain } from "../trainer/console/main.ts";
import { Progress } from "../trainer/console/progress.ts";
import { residentBytes } from "./harness/measure/resident.ts";
import { Stage } from "./harness/bench/stage.ts";
import { type Kind, KINDS } from "./harness/fuzz/cases.ts";
import { type Failure, fuzz } from "./harness/fuzz/fuzz.ts";
import { drawLargeSamples, drawSamples } from "./harness/fuzz/images.ts";
import { countLoads } from "./harness/fuzz/loads.ts";
import { hearWitnesses } from "./harness/fuzz/witnesses.ts";
import { FuzzedWorker } from "./harness/fuzz/worker.ts";

const EXAMPLES = `
Examples:
  $ npm run fuzz
  $ npm run fuzz -- --cases 2000 --seed 7
  $ npm run fuzz -- --only collection

Each case sends the API Worker in workerd one bad request over HTTP: a damaged image file, a wrong body or
strange HTTP. The Worker must answer or refuse it as the contract says, within 2 s and never with a 500. On
Linux, if the machine is busy with other work, the limit counts workerd's own CPU time. A good request after
it must get the same answer as at the start, bit for bit.
`;

/** How long an answer may take. */
const LIMIT_MS = 2000;

/** While one connection waits for its answer, the next case of the other is made. */
const CONNECTIONS = 2;

/** Cases between readings of workerd's memory. */
const NOTE_EVERY = 100;

/** Characters of a text in a case that are printed. */
const PRINTED = 500;

const optionsSchema = z.object({
  cases: z.number(),
  seed: z.number(),
  path: z.string().optional(),
  fit: z.enum(FITS),
  only: z.enum(KINDS).optional(),
});

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

const explain = (
  { seed, path, counterexample, problem }: Failure,
  { fit, only }: { fit: Fit; only?: Kind },
) =>
  `\nFailed: ${problem}\nThe smallest case that fails: ${JSON.stringify(counterexample, shorten, 1)}\n` +
  `Repeat it: npm run fuzz -- ${only ? `--only ${only} ` : ""}--fit ${fit} --seed ${seed} --path ${path}`;

await runMain(async (signal) => {
  const command = new Command("npm run fuzz --")
    .description("Send the API Worker bad input of all kinds, and check that it takes no harm.")
    .option("--cases <number>", "how many cases", toCount, 20_000)
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
    .addOption(new Option("--only <kind>", "cases of one kind").choices(KINDS))
    .option("--path <path>", "with the seed, repeats one failure")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const { cases, seed, path, fit, only } = optionsSchema.parse(command.opts());
  const stage = await Stage.open(false, console.error, signal);
  try {
    await openBackend("wasm", console.error);
    const subject = await FuzzedWorker.start(stage, fit);
    const samples = new Map([...(await drawSamples()), ...(await drawLargeSamples())]);
    const witnesses = await hearWitnesses(subject.url, samples, LIMIT_MS);
    const material = {
      samples,
      dimensions: subject.dimensions,
      witnesses: [...witnesses.keys()],
    };
    const residentAtFirst = residentBytes();
    const started = performance.now();
    console.log(`Seed ${seed}`);
    const progress = new Progress("fuzzing", "cases", path === undefined ? cases : 1);
    let note = "";
    const onCase = (done: number) => {
      if (done % NOTE_EVERY === 1) note = `workerd ${mebibytes(residentBytes())}`;
      progress.update(done, note);
    };
    const options = {
      seed,
      cases,
      kinds: only && [only],
      connections: CONNECTIONS,
      limitMs: LIMIT_MS,
      path,
      signal,
      onCase,
    };
    const { tally, failure } = await fuzz(subject, material, witnesses, options);
    progress.stop();
    const loads = await countLoads(subject.url);
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`\n${tally.cases} cases in ${seconds} s, by the status of the answer:`);
    console.log(tally.lines().join("\n"));
    console.log(`The slowest answer took ${Math.round(tally.slowestMs)} ms.`);
    console.log(
      `workerd's resident memory: ${mebibytes(residentAtFirst)} at first, ` +
        `${mebibytes(residentBytes())} at the end`,
    );
    if (failure) console.error(explain(failure, { fit, only }));
    if (loads !== 1) console.error("\nFailed: the isolate crashed, and another took its place.");
    if (failure || loads !== 1) process.exitCode = 1;
  } catch (error) {
    // Ctrl-C makes unfinished work fail, which is no error of its own.
    if (!signal.aborted) throw error;
  } finally {
    await stage.close();
  }
});

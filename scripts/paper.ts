import { basename, join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import * as z from "zod";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import { pullWeights } from "../trainer/weights/weights.ts";
import { writeAtomically } from "../trainer/files.ts";
import { METHOD_NAMES, type MethodName } from "../trainer/methods/methods.ts";
import { openBackend } from "../trainer/backends/open.ts";
import { runExperiment, type Trainer } from "../trainer/paper/experiment.ts";
import { trainByJobs } from "../trainer/paper/jobRuns.ts";
import { trainHere } from "../trainer/paper/localRuns.ts";
import { reportPage } from "../trainer/paper/report/page.ts";
import { toRows } from "../trainer/paper/rows.ts";
import { paperTable } from "../trainer/paper/table.ts";
import { DatasetClient } from "../trainer/registry/datasets.ts";
import { JobsClient } from "../trainer/registry/jobs.ts";
import { LONG_PATIENCE, PATIENCE } from "../trainer/registry/patience.ts";
import { configOptions, FINE_TUNING_FLAGS, givenOptions, parseConfig } from "./lib/flags.ts";
import { parseDatasetId } from "./lib/datasetId.ts";
import { nameFromFolder } from "./lib/nameFromFolder.ts";
import { parseUrl } from "./lib/parseUrl.ts";
import { pushDataset } from "./lib/pushDataset.ts";
import { quote } from "./lib/quote.ts";
import { findToken } from "./lib/registry.ts";
import { withStartingPoint } from "./lib/startingPoint.ts";

const EXAMPLES = `
Methods: ${METHOD_NAMES.join(", ")}.

Examples:
  $ npm run paper -- --data photos/birds --init mobilenetv2 --freeze backbone
  $ npm run paper -- --data photos/birds --methods pddm-quadruplet,distilled-softmax --seeds 1
  $ npm run --silent paper -- --data photos/birds --steps 300 --json > birds.json
  $ npm run paper -- --data photos/birds --init mobilenetv2 --registry https://pddm-registry.example.workers.dev

With --init the defaults are those of fine-tuning: ${FINE_TUNING_FLAGS}.

Ctrl-C saves the run that is training; the same command continues.

With --registry, the folder is pushed as a data set, and each run is a job. Several workers (npm run worker) do several at
a time. What needs no training is measured here. Ctrl-C ends the waiting, not the jobs; the same command goes on waiting.
The variable REGISTRY_TOKEN holds a key of the scope train.
`;

/** A comma-separated list without repetitions. */
const split = (text: string) => [...new Set(text.split(",").map((part) => part.trim()))];

function toMethods(text: string): MethodName[] {
  return split(text).map((name) => {
    const method = METHOD_NAMES.find((known) => known === name);
    if (!method) {
      throw new InvalidArgumentError(`"${name}" is none of ${METHOD_NAMES.join(", ")}.`);
    }
    return method;
  });
}

function toSeeds(text: string): number[] {
  return split(text).map((seed) => {
    if (!/^\d{1,9}$/.test(seed)) throw new InvalidArgumentError(`"${seed}" is not a whole number.`);
    return Number(seed);
  });
}

const optionsSchema = z.looseObject({
  methods: z.array(z.enum(METHOD_NAMES)).default([...METHOD_NAMES]),
  seeds: z.array(z.number()).default([1, 2, 3]),
  out: z.string().optional(),
  json: z.boolean().default(false),
  registry: z.string().optional(),
});

/** Speaks to a registry whose workers train. */
async function openWorkers(registry: string, signal: AbortSignal) {
  const url = parseUrl("--registry", registry);
  const access = { url: url.origin, token: await findToken(url, "train"), signal };
  return {
    jobs: new JobsClient({ ...access, patience: LONG_PATIENCE }),
    datasets: new DatasetClient({ ...access, patience: PATIENCE }),
  };
}

await runMain(async (signal) => {
  const command = new Command("npm run paper --")
    .description(
      "Train every method of the paper with the same network, batches, budget and seeds, and compare them.",
    )
    .option("--methods <list>", "methods, separated by commas (default: all)", toMethods)
    .option("--seeds <list>", 'seeds, separated by commas (default: "1,2,3")', toSeeds)
    .option("--out <folder>", "where runs and results go (default: runs/paper-<data>)")
    .option("--registry <url>", "let the training workers of a registry train the runs")
    .option("--json", "print one JSON object, and nothing else on standard output")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)");
  for (const option of configOptions()) {
    // These differ from run to run; every method keeps its default hyperparameters.
    if (!["name", "method", "set", "seed"].includes(option.attributeName()))
      command.addOption(option);
  }
  const { methods, seeds, out, json, registry, ...flags } = optionsSchema.parse(
    givenOptions(command.parse()),
  );
  if (typeof flags.data !== "string") {
    throw new UserError("--data is missing: a folder of images, one sub-folder per class");
  }
  const say = json ? console.error : console.log;
  const folder = out ?? join("runs", `paper-${basename(resolve(flags.data))}`);
  const config = parseConfig({ ...(await withStartingPoint(flags, say, signal)), name: "paper" });
  if (config.init !== undefined) await pullWeights(config.init, say, signal);
  const plan = { config, methods, seeds, folder };
  const workers = registry === undefined ? null : await openWorkers(registry, signal);
  // What needs no training is measured here, by whatever this machine has.
  await openBackend(workers && config.backend !== "wasm" ? "auto" : config.backend, say);
  const trainer: Trainer = {
    isHere: !workers,
    start: async (pending, bench, fingerprint) => {
      if (!workers || pending.length === 0) {
        return trainHere(plan, pending, bench, fingerprint, say, signal);
      }
      const { name } = parseDatasetId(nameFromFolder(config.data));
      const version = await pushDataset(workers.datasets, config.data, name, say, signal);
      const task = { plan, dataset: { name, version }, fingerprint };
      return trainByJobs(workers.jobs, task, pending, say, signal);
    },
  };
  const found = await runExperiment(plan, trainer, say, signal).catch((error: unknown) => {
    // Whatever waits for the registry ends with it.
    if (workers && signal.aborted) return null;
    throw error;
  });
  if (!found) {
    say("Stopped. Finished work is saved; the same command continues.");
    if (workers) say("The workers go on with the jobs, which /jobs of the registry lists");
    return;
  }
  const { result, data } = found;
  const [results, report] = [join(folder, "results.json"), join(folder, "report.html")];
  await writeAtomically(results, JSON.stringify(result, null, 1) + "\n");
  const line = ["npm run paper --", ...process.argv.slice(2).map(quote)].join(" ");
  await writeAtomically(report, await reportPage(result, data, line));
  say(`\nOn images of classes never seen in training, recall and MAP@R in %:\n`);
  say(paperTable(result));
  say(`\nReport: ${report}\nFigures: ${results}`);
  if (json) console.log(JSON.stringify({ rows: toRows(result), report, results }));
  if (result.diverged.length > 0) {
    const runs = result.diverged.map(({ method, seed, message }) => `${method}-${seed} ${message}`);
    throw new UserError(`the report lacks runs that diverged: ${runs.join(" ")}`);
  }
});

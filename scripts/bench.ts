import { createRequire } from "node:module";
import { cpus } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { openBackend } from "../trainer/backends/open.ts";
import { runMain } from "../trainer/console/main.ts";
import { measureBackbones } from "./harness/bench/backbones.ts";
import { measureCold } from "./harness/bench/cold.ts";
import { measureDataset } from "./harness/bench/dataset.ts";
import { measureEmbed } from "./harness/bench/embed.ts";
import { measureHttp } from "./harness/bench/http.ts";
import { measureIntake } from "./harness/bench/intake.ts";
import { measureJobs } from "./harness/bench/jobs.ts";
import { measureMemory } from "./harness/bench/memory.ts";
import { ORT_MISSING } from "./harness/bench/ort.ts";
import { type Report, reportSchema } from "./harness/bench/report.ts";
import { measureSearch } from "./harness/bench/search.ts";
import { measureSearchLoad } from "./harness/bench/searchLoad.ts";
import { measureSimilarity } from "./harness/bench/similarity.ts";
import { Stage } from "./harness/bench/stage.ts";
import { tables } from "./harness/bench/tables.ts";

const EXAMPLES = `
Examples:
  $ npm run bench
  $ npm run bench -- --only embed,similarity
  $ npm run --silent bench -- --json > bench.json
  $ npm run bench -- --only backbones
  $ npm run bench -- --quick

Each measurement alternates with what it is compared with, and the median counts. Code in workerd is timed
from outside, because the clock stands still inside. The packages have random weights. To compare with
onnxruntime-web: npm install --no-save onnxruntime-web@1.30.0
`;

/** The parts, in the order in which they run. */
const PARTS = {
  embed: measureEmbed,
  similarity: measureSimilarity,
  intake: measureIntake,
  search: measureSearch,
  search_load: measureSearchLoad,
  cold: measureCold,
  memory: measureMemory,
  http: measureHttp,
  jobs: measureJobs,
  dataset: measureDataset,
  backbones: measureBackbones,
};

const usualSchema = z.enum([
  "embed",
  "similarity",
  "intake",
  "search",
  "cold",
  "memory",
  "http",
  "jobs",
  "dataset",
]);
/** What takes as long as all others runs only where it is asked for. */
const partSchema = z.enum([...usualSchema.options, "backbones"]);
type Part = z.infer<typeof partSchema>;

const optionsSchema = z.object({
  only: z.array(partSchema),
  quick: z.boolean().default(false),
  json: z.boolean().default(false),
});

function toParts(text: string): Part[] {
  const parts = z.array(partSchema).safeParse(text.split(","));
  if (parts.success) return parts.data;
  throw new InvalidArgumentError(`Parts are ${partSchema.options.join(", ")}, comma-separated.`);
}

const versionSchema = z.object({ version: z.string() });

function machine(): Report["machine"] {
  const { version } = versionSchema.parse(createRequire(import.meta.url)("workerd/package.json"));
  const all = cpus();
  const cpu = all[0]?.model.trim() ?? "unknown";
  return { cpu, cores: all.length, node: process.versions.node, workerd: version };
}

async function measure(stage: Stage, parts: readonly Part[]): Promise<Report> {
  const measured: Record<string, unknown> = {};
  for (const [part, run] of Object.entries(PARTS)) {
    const isAsked = parts.some((it) => it === part.replace("_load", ""));
    if (isAsked) measured[part] = await run(stage);
  }
  return reportSchema.parse({ machine: machine(), ...measured });
}

await runMain(async (signal) => {
  const command = new Command("npm run bench --")
    .description(
      "Measure the edge engine: embedding, similarity, intake, search, cold start, memory, HTTP, jobs, data sets, backbones.",
    )
    .addOption(
      new Option("--only <parts>", `some of ${partSchema.options.join(", ")}`)
        .argParser(toParts)
        .default([...usualSchema.options], "all but backbones"),
    )
    .option(
      "--quick",
      "only check that it works: the small network, few repetitions, no figures to quote",
    )
    .option("--json", "print one JSON object, and nothing else on standard output")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const { only, quick, json } = optionsSchema.parse(command.opts());
  const stage = await Stage.open(quick, console.error, signal);
  try {
    await openBackend("wasm", console.error);
    const report = await measure(stage, only);
    if (json) console.log(JSON.stringify(report));
    else console.log(`\n${tables(report)}`);
    if (report.embed?.some((row) => row.ort_ms === null)) console.error(`\n${ORT_MISSING}`);
  } catch (error) {
    // Ctrl-C makes unfinished work fail, which is no error of its own.
    if (!signal.aborted) throw error;
  } finally {
    await stage.close();
  }
});

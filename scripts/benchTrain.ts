import { cpus } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { BackendError } from "../trainer/backends/error.ts";
import { type BackendName, BACKENDS } from "../trainer/backends/names.ts";
import { METHOD } from "../trainer/bench/measure.ts";
import { NETWORKS } from "../trainer/bench/networks.ts";
import type { Report } from "../trainer/bench/report.ts";
import { measureRow } from "../trainer/bench/row.ts";
import { compare } from "../trainer/bench/against/compare.ts";
import type { Comparison } from "../trainer/bench/against/report.ts";
import { comparisonTable } from "../trainer/bench/against/table.ts";
import { table } from "../trainer/bench/table.ts";
import { runMain } from "../trainer/console/main.ts";
import { examine } from "../trainer/doctor/examine.ts";

const EXAMPLES = `
Examples:
  $ npm run bench-train
  $ npm run bench-train -- --only small@64 --backends wasm
  $ npm run --silent bench-train -- --json > bench-train.json
  $ npm run bench-train -- --quick
  $ PYTHON=venv/bin/python npm run bench-train -- --against pytorch

Every network trains completely, on noise, in its own process. "forward" is the network and S of all pairs;
"mining" is the hardest quadruplet and its loss. Each figure is the median of three steps. If a network does
not fit into a backend's memory, its row says so. The large networks take minutes on a CPU and need several
GiB.

--against pytorch takes the step of fine-tuning here and in PyTorch in turn, and compares images per second.
"processor" is the time of all threads. PYTHON names a Python that has PyTorch; the default is python3.
`;

/** Of the steps of both. */
const TURNS = 20;

const names = [...NETWORKS.keys()];
const networkSchema = z.enum(names);
const backendSchema = z.enum(BACKENDS);

const optionsSchema = z.object({
  only: z.array(networkSchema),
  backends: z.array(backendSchema).optional(),
  against: z.literal("pytorch").optional(),
  quick: z.boolean().default(false),
  json: z.boolean().default(false),
});

/** Reads a comma-separated list. */
const listOf =
  <T extends string>(what: string, schema: z.ZodType<T> & { options: T[] }) =>
  (text: string): T[] => {
    const list = z.array(schema).safeParse(text.split(","));
    if (list.success) return list.data;
    throw new InvalidArgumentError(`${what} are ${schema.options.join(", ")}, comma-separated.`);
  };

await runMain(async (signal) => {
  const command = new Command("npm run bench-train --")
    .description("Measure a training step on each backend: images a second, its parts, memory.")
    .addOption(
      new Option("--only <networks>", `some of ${names.join(", ")}`)
        .argParser(listOf("Networks", networkSchema))
        .default(names, "all"),
    )
    .option(
      "--backends <names>",
      `some of ${BACKENDS.join(", ")} (default: all that run here)`,
      listOf("Backends", backendSchema),
    )
    .addOption(
      new Option("--against <library>", "compare the step of fine-tuning with that of a library")
        .choices(["pytorch"])
        .conflicts("only"),
    )
    .option("--quick", "only check that it works: one tiny network, no figures to quote")
    .option("--json", "print one JSON object, and nothing else on standard output")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const { only, backends: demanded, against, quick, json } = optionsSchema.parse(command.opts());
  if (against) {
    const how = { turns: quick ? 1 : TURNS, python: process.env.PYTHON ?? "python3" };
    const compared: Comparison[] = [];
    for (const backend of demanded ?? (["auto"] as const)) {
      compared.push(await compare(backend, how, signal));
      if (signal.aborted) return;
    }
    console.log(json ? JSON.stringify(compared) : compared.map(comparisonTable).join("\n\n"));
    // TensorFlow keeps the process alive.
    process.exit();
  }
  const cpu = cpus()[0]?.model.trim() ?? "unknown CPU";
  const machine = { cpu, cores: cpus().length, node: process.versions.node };
  const report: Report = { machine, method: METHOD, backends: {}, rows: [] };
  const running: BackendName[] = [];
  for (const backend of demanded ?? BACKENDS) {
    const found = await examine(backend, signal);
    if (signal.aborted) return;
    if (!found.runs && demanded) throw new BackendError(found.reason);
    report.backends[backend] = found;
    if (found.runs) running.push(backend);
  }
  for (const network of quick ? (["quick"] as const) : only) {
    for (const backend of running) {
      console.error(`${network} on ${backend}`);
      report.rows.push(await measureRow(backend, network, signal));
      if (signal.aborted) return;
    }
  }
  console.log(json ? JSON.stringify(report) : `\n${table(report)}`);
});

import { Command, InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import type { Subject } from "../trainer/evaluate/evaluateFolder.ts";

const EXAMPLES = `
Examples:
  $ npm run evaluate -- --run birds --data photos/birds
  $ npm run evaluate -- --package runs/birds/package --data photos/birds
  $ npm run evaluate -- --package runs/birds/package --data photos/flowers
  $ npm run --silent evaluate -- --package runs/birds/package --data photos/birds --json > birds.json

A run is measured with its float32 weights, a package as it is served. Every image of a class that was
not trained on is a query against all others (of more than 63,245, a random part). Transfer and zero-shot
recognition know half of them.
`;

const optionsSchema = z.object({
  package: z.string().optional(),
  run: z.string().optional(),
  data: z.string().optional(),
  trainClasses: z.number().optional(),
  seed: z.number(),
  json: z.boolean().default(false),
});

function toInteger(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Not a whole number.");
  return Number(text);
}

/** Loads tfjs, which takes longer than a mistake in the flags or --help should. */
const loadEvaluation = () => import("../trainer/evaluate/evaluateFolder.ts");

/** Opens the model that the flags name. @throws UserError unless they name exactly one */
async function openSubject(
  { run, package: folder, data, trainClasses }: z.infer<typeof optionsSchema>,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Subject> {
  if (data === undefined) {
    throw new UserError("--data is missing: a folder of images, one sub-folder per class");
  }
  if (folder !== undefined && run === undefined) {
    const { openPackage } = await loadEvaluation();
    return openPackage(folder, data, trainClasses, say);
  }
  if (run === undefined || folder !== undefined) {
    throw new UserError("no model, or two, are given: give exactly one of --run and --package");
  }
  if (trainClasses !== undefined) {
    throw new UserError("--train-classes is only for a package; a run knows its training classes");
  }
  const { openTrainedRun } = await loadEvaluation();
  return openTrainedRun(run, data, say, signal);
}

await runMain(async (signal) => {
  const command = new Command("npm run evaluate --")
    .description(
      "Measure a run or a package on the classes of a folder that it was not trained on.",
    )
    .option("--run <name>", "a finished run, a folder in runs/")
    .option("--package <folder>", "a folder with manifest.json and weights.safetensors")
    .option("--data <folder>", "folder of images, one sub-folder per class")
    .option(
      "--train-classes <number>",
      "for a package: how many classes, in order, were trained on (default: what it says itself)",
      toInteger,
    )
    .addOption(
      new Option("--seed <number>", "chooses pairs, halves and clusters")
        .argParser(toInteger)
        .default(1),
    )
    .option("--json", "print one JSON object, and nothing else on standard output")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const options = optionsSchema.parse(command.opts());
  const { seed, json } = options;
  const say = json ? console.error : console.log;
  const subject = await openSubject(options, say, signal);
  const { evaluateFolder, toRow } = await loadEvaluation();
  const evaluation = await evaluateFolder(subject, seed, say, signal);
  if (json) {
    console.log(JSON.stringify({ rows: [toRow(evaluation)] }));
    return;
  }
  const { evaluationTable } = await import("../trainer/console/evaluationTable.ts");
  console.log(`\n${evaluationTable(evaluation)}`);
});

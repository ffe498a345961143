import { join } from "node:path";
import { Command } from "commander";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import { produce } from "../trainer/runs/produce.ts";
import { Run } from "../trainer/runs/run.ts";
import { pullWeights } from "../trainer/weights/weights.ts";
import {
  configOptions,
  describeHyperparameters,
  FINE_TUNING_FLAGS,
  givenOptions,
  parseConfig,
} from "./lib/flags.ts";
import { nameFromFolder } from "./lib/nameFromFolder.ts";
import { withStartingPoint } from "./lib/startingPoint.ts";

const EXAMPLES = `
Examples:
  $ npm run train -- --data photos/birds
  $ npm run train -- --data photos/birds --name birds-64 --size 64 --steps 3000
  $ npm run train -- --data photos/birds --init mobilenetv2
  $ npm run train -- --data photos/birds --init mobilenetv2 --freeze backbone
  $ npm run train -- --data photos/birds --method pddm-quadruplet --set alpha=0.7
  $ npm run train -- --resume birds

${describeHyperparameters()}

With --init the defaults are those of fine-tuning: ${FINE_TUNING_FLAGS}.

A run is a folder, runs/<name>/, with its config, metrics, checkpoint and, at the end, its package.
Ctrl-C saves the run; --resume continues it.
`;

await runMain(async (signal) => {
  const command = new Command("npm run train --")
    .description("Train an embedding network and its PDDM similarity on labelled images.")
    .option("--resume <name>", "continue a run that was stopped; takes no other flag")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)");
  for (const option of configOptions()) command.addOption(option);
  const given = givenOptions(command.parse());
  const { resume, data, name, ...flags } = given;

  if (typeof resume === "string") {
    if (Object.keys(given).length > 1) {
      throw new UserError("--resume takes its settings from the run; leave the other flags out");
    }
    const run = new Run(join("runs", resume));
    const { config } = await run.record();
    if (config.init !== undefined) await pullWeights(config.init, console.log, signal);
    await produce(run, config, console.log, signal);
    return;
  }
  if (typeof data !== "string") {
    throw new UserError("--data is missing: a folder of images, one sub-folder per class");
  }
  const started = await withStartingPoint(flags, console.log, signal);
  const config = parseConfig({ ...started, data, name: name ?? nameFromFolder(data) });
  const run = new Run(join("runs", config.name));
  if (run.exists) {
    throw new UserError(
      `${run.folder} holds a run already: continue it with npm run train -- --resume ${config.name}, or give another --name`,
    );
  }
  if (config.init !== undefined) await pullWeights(config.init, console.log, signal);
  if (await produce(run, config, console.log, signal)) {
    console.log(`\nPublish it: npm run publish -- ${run.packageFolder} --registry <url>`);
  }
});

import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import { readPretrained } from "../trainer/networks/init/read.ts";
import { backboneOf, CATALOGUE, RECOMMENDED } from "../trainer/weights/catalogue.ts";
import { RepositoryCache } from "../trainer/weights/hub/cache.ts";
import { importFiles } from "../trainer/weights/hub/import.ts";
import { hubSettings } from "../trainer/weights/hub/settings.ts";
import { CONFIG_FILE, WEIGHTS_FILE } from "../trainer/weights/files.ts";
import { parseWeightsName } from "../trainer/weights/name.ts";
import { readPreprocessing } from "../trainer/weights/preprocessing.ts";
import { namedWeights, pullWeights, startingPoint } from "../trainer/weights/weights.ts";

const EXAMPLES = `
Examples:
  $ npm run weights -- list
  $ npm run weights -- pull mobilenetv2
  $ npm run weights -- pull timm/mobilenetv2_100.ra_in1k@main
  $ npm run weights -- where mobilenetv2
  $ npm run weights -- import model.safetensors --as timm/mobilenetv2_100.ra_in1k
  $ npm run train -- --data photos/birds --init mobilenetv2

Weights come from Hugging Face's hub into the cache that its tools share. HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN
and HF_HUB_OFFLINE mean what they mean there. docs/training.md tells more.
`;

/** The newest known commit of weights that are in the cache. */
async function cached(name: { repository: string; revision: string }): Promise<string | null> {
  const files = new RepositoryCache((await hubSettings(process.env)).cache, name.repository);
  const commit = await files.commit(name.revision);
  if (commit === null || !(await files.has(commit, WEIGHTS_FILE))) return null;
  return files.path(commit, WEIGHTS_FILE);
}

async function list(): Promise<void> {
  const rows = Object.entries(CATALOGUE).map(async ([name, { repository, licence, paper }]) => {
    const state = (await cached({ repository, revision: "main" })) ? "here" : "";
    const remark = name === RECOMMENDED ? `${state} auto`.trim() : state;
    return [name, repository, licence, `arXiv:${paper}`, remark];
  });
  const cells = await Promise.all(rows);
  const widths = cells.reduce<number[]>(
    (widest, row) => row.map((cell, at) => Math.max(cell.length, widest[at] ?? 0)),
    [],
  );
  for (const row of cells) {
    console.log(
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  }
}

async function pull(text: string, signal: AbortSignal): Promise<void> {
  const { init } = await startingPoint(text, console.log, signal);
  if (init === undefined || parseWeightsName(init) === null) {
    throw new UserError(
      `${text} is a file; name weights of the list, or a repository of Hugging Face`,
    );
  }
  await pullWeights(init, console.log, signal);
  console.log(`Train with: npm run train -- --data <folder> --init ${init}`);
}

async function where(text: string): Promise<void> {
  const path = await cached(namedWeights(text));
  if (path === null) {
    throw new UserError(
      `the cache does not have ${text}; get it with: npm run weights -- pull ${text}`,
    );
  }
  console.log(path);
}

async function importFile(file: string, command: Command): Promise<void> {
  const { as } = z.object({ as: z.string() }).parse(command.opts());
  const name = namedWeights(as);
  const expected = backboneOf(name.repository);
  if (expected === undefined) {
    throw new UserError(
      `--as: ${name.repository} is of no network that can be trained; list shows those that are`,
    );
  }
  const { architecture, backbone } = await readPretrained(file);
  if (backbone?.name !== expected) {
    throw new UserError(
      `${file} holds the weights of ${architecture}, and ${name.repository} those of ${expected}: say by --as what it is`,
    );
  }
  const beside = join(dirname(file), CONFIG_FILE);
  if (!(await stat(beside).then(Boolean, () => false))) {
    throw new UserError(
      `${beside} is missing: fetch the ${CONFIG_FILE} of ${name.repository} too, and put it beside`,
    );
  }
  await readPreprocessing(beside);
  const { cache } = await hubSettings(process.env);
  const files = new Map([
    [WEIGHTS_FILE, file],
    [CONFIG_FILE, beside],
  ]);
  const commit = await importFiles(cache, name, files);
  console.log(`Imported ${architecture} as ${name.repository}@${commit}`);
  console.log(`Train with: npm run train -- --data <folder> --init ${as}`);
}

await runMain(async (signal) => {
  const program = new Command("npm run weights --")
    .description("Keep pretrained weights to start from.")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)");
  const add = (usage: string, description: string) =>
    program
      .command(usage)
      .description(description)
      .showHelpAfterError("(add --help for all flags)");
  add("list", "list weights that have a short name").action(list);
  add("pull <name>", "bring weights into the cache").action((name: string) => pull(name, signal));
  add("where <name>", "print the path of weights in the cache").action(where);
  add("import <file>", "put a file into the cache, on a machine that does not reach the hub")
    .requiredOption("--as <name>", "the weights that it holds")
    .action((file: string, _: unknown, command: Command) => importFile(file, command));
  await program.parseAsync();
});

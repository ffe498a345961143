import { Command, Option } from "commander";
import * as z from "zod";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import { readPackage } from "../trainer/export/package.ts";
import { writeAtomically } from "../trainer/files.ts";
import { encodeNpy } from "../trainer/export/npy.ts";
import { embedByWorker, type FolderEmbeddings } from "./lib/embedByWorker.ts";
import { parseUrl } from "./lib/parseUrl.ts";

const EXAMPLES = `
Examples:
  $ npm run embed -- --package runs/birds/package --data photos/birds --out birds.npy
  $ npm run embed -- --url http://localhost:8787 --data photos/birds --out birds.npy
  $ API_KEY=... npm run embed -- --url https://pddm-api.example.workers.dev --package runs/birds/package --data photos/birds --out birds.npy

birds.npy holds a row of float32 values for each image; birds.json lists the path and class of each row.
`;

const optionsSchema = z.object({
  package: z.string().optional(),
  data: z.string(),
  out: z.string(),
  url: z.string().optional(),
  key: z.string().optional(),
});

async function embedFolder(
  { package: folder, data, url, key }: z.infer<typeof optionsSchema>,
  signal: AbortSignal,
): Promise<FolderEmbeddings> {
  if (url === undefined) {
    if (folder === undefined) {
      throw new UserError(
        "no model is given: add --package, or --url with the address of an API Worker",
      );
    }
    // It loads tfjs, which takes longer than all else that a Worker, --help or a mistake needs.
    const { embedByPackage } = await import("./lib/embedByPackage.ts");
    return embedByPackage(folder, data, console.log, signal);
  }
  const worker = { url: parseUrl("--url", url), key };
  if (folder === undefined) return embedByWorker(data, worker, console.log, signal);
  const { name, version } = (await readPackage(folder)).manifest;
  return embedByWorker(data, { ...worker, model: `${name}@${version}` }, console.log, signal);
}

await runMain(async (signal) => {
  const command = new Command("npm run embed --")
    .description("Write the embeddings of a folder's images as a NumPy file.")
    .option("--package <folder>", "the model: a folder with manifest.json and weights.safetensors")
    .requiredOption("--data <folder>", "folder of images, one sub-folder per class")
    .requiredOption(
      "--out <file>",
      "the NumPy file; a .json file beside it lists paths and classes",
    )
    .option("--url <url>", "embed through the API Worker at this address")
    .addOption(new Option("--key <key>", "an API key, if the Worker requires one").env("API_KEY"))
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const options = optionsSchema.parse(command.opts());
  const { out } = options;
  if (!out.endsWith(".npy")) throw new UserError(`--out: "${out}" does not end in .npy`);
  const { model, version, d, embeddings, rows } = await embedFolder(options, signal);
  const listing = `${out.slice(0, -".npy".length)}.json`;
  await writeAtomically(listing, JSON.stringify({ model, version, rows }, null, 1) + "\n");
  await writeAtomically(out, encodeNpy(embeddings, d));
  console.log(
    `${rows.length} x ${d} embeddings by ${model}@${version} in ${out}, rows in ${listing}`,
  );
});

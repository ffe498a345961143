import { Command, InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { firstIssue } from "../shared/firstIssue.ts";
import { modelNameSchema } from "../shared/package/manifest.ts";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import { encodeNpy } from "../trainer/export/npy.ts";
import { writeAtomically } from "../trainer/files.ts";
import { MAX_CAPACITY } from "../workers/api/contract/collections/collection.ts";
import { collectionNameSchema } from "../workers/api/contract/collections/params.ts";
import { CollectionClient } from "./lib/collections/client.ts";
import { exportCollection } from "./lib/collections/exportCollection.ts";
import { indexFolder } from "./lib/collections/indexFolder.ts";
import { parseUrl } from "./lib/parseUrl.ts";

const EXAMPLES = `
Examples:
  $ npm run index -- photos/birds --collection birds --url http://127.0.0.1:8787
  $ npm run index -- photos/birds --collection birds --url http://127.0.0.1:8787 --prune
  $ API_KEY=... npm run index -- photos/birds --collection birds --url https://pddm-api.example.workers.dev --store-images
  $ npm run index -- --export birds.npy --collection birds --url http://127.0.0.1:8787

The id of an image is its path in the folder, and its label is its class. Images that the collection holds already
are not sent again, so the same command goes on where it was stopped.
birds.npy holds a row of float32 values for each item; birds.json lists the id and metadata of each row.
`;

const optionsSchema = z.object({
  collection: z.string(),
  url: z.string(),
  key: z.string().optional(),
  model: z.string().optional(),
  capacity: z.number().optional(),
  storeImages: z.literal(true).optional(),
  concurrency: z.number().optional(),
  prune: z.literal(true).optional(),
  export: z.string().optional(),
});

type Options = z.infer<typeof optionsSchema>;

const CONCURRENCY = 2;
const MAX_CONCURRENCY = 32;

const integerTo = (most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new InvalidArgumentError(`Not a whole number from 1 to ${most}.`);
};

/** @throws UserError that names the flag */
function check<T>(flag: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError(`${flag}: "${String(value)}": ${firstIssue(parsed.error).message}`);
}

/** The flags of indexing, which mean nothing to an export. */
const INDEXING = {
  model: "--model",
  capacity: "--capacity",
  storeImages: "--store-images",
  concurrency: "--concurrency",
  prune: "--prune",
} as const satisfies Partial<Record<keyof Options, string>>;

async function writeExport(
  client: CollectionClient,
  out: string,
  signal: AbortSignal,
): Promise<void> {
  const { model, version, d, embeddings, rows } = await exportCollection(client, signal);
  const listing = `${out.slice(0, -".npy".length)}.json`;
  await writeAtomically(listing, JSON.stringify({ model, version, rows }, null, 1) + "\n");
  await writeAtomically(out, encodeNpy(embeddings, d));
  console.log(
    `${rows.length} x ${d} embeddings by ${model}@${version} in ${out}, rows in ${listing}`,
  );
}

await runMain(async (signal) => {
  const command = new Command("npm run index --")
    .description(
      "Bring a collection of an API Worker to what a folder of images holds, or export its embeddings.",
    )
    .argument("[folder]", "folder of images, one sub-folder per class")
    .requiredOption("--collection <name>", "the collection, which is made if it does not exist")
    .requiredOption("--url <url>", "where the API Worker listens")
    .addOption(new Option("--key <key>", "an API key, if the Worker requires one").env("API_KEY"))
    .option("--model <name>", "the model of a new collection; default: that of the Worker")
    .option(
      "--capacity <number>",
      "items that a new collection has room for; default: at least twice the images of the folder",
      integerTo(MAX_CAPACITY),
    )
    .option(
      "--store-images",
      "let a new collection keep the images, so that it can move to another version of its model by itself",
    )
    .option(
      "--concurrency <number>",
      `requests at a time; default: ${CONCURRENCY}`,
      integerTo(MAX_CONCURRENCY),
    )
    .option("--prune", "delete items that are not in the folder")
    .option("--export <file>", "write all embeddings of the collection as a NumPy file (.npy)")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const options = optionsSchema.parse(command.opts());
  const [folder] = z.tuple([z.string().optional()]).parse(command.processedArgs);
  const url = parseUrl("--url", options.url);
  const name = check("--collection", collectionNameSchema, options.collection);
  const client = new CollectionClient(url, name, options.key);

  if (options.export !== undefined) {
    if (folder !== undefined) {
      throw new UserError(`give either a folder to index, or --export; not both`);
    }
    for (const [key, flag] of Object.entries(INDEXING)) {
      if (key in command.opts()) throw new UserError(`${flag} is for indexing, not for --export`);
    }
    if (!options.export.endsWith(".npy")) {
      throw new UserError(`--export: "${options.export}" does not end in .npy`);
    }
    await writeExport(client, options.export, signal);
    return;
  }
  if (folder === undefined) {
    throw new UserError("no folder is given: name a folder of images to index, or add --export");
  }
  const model = options.model && check("--model", modelNameSchema, options.model);
  const { capacity, storeImages, prune = false, concurrency = CONCURRENCY } = options;
  const wanted = { model, capacity, storeImages, prune, concurrency };
  await indexFolder(folder, client, wanted, console.log, signal);
});

import { mkdir, readdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import { byteProgress } from "../trainer/console/byteProgress.ts";
import { runMain } from "../trainer/console/main.ts";
import { readRemote } from "../trainer/data/remote/dataset.ts";
import { takeLock, takeWork } from "../trainer/data/remote/locks.ts";
import { unpackDataset } from "../trainer/data/remote/unpack.ts";
import { UserError } from "../trainer/error.ts";
import { DatasetClient } from "../trainer/registry/datasets.ts";
import { PATIENCE } from "../trainer/registry/patience.ts";
import { megabytes, plural } from "./lib/counts.ts";
import { parseDatasetId } from "./lib/datasetId.ts";
import { parseUrl } from "./lib/parseUrl.ts";
import { pushDataset } from "./lib/pushDataset.ts";
import { findToken } from "./lib/registry.ts";

const EXAMPLES = `
Examples:
  $ npm run dataset -- push photos/birds --name birds --registry http://localhost:8788
  $ npm run dataset -- list --registry http://localhost:8788
  $ npm run dataset -- show birds --registry http://localhost:8788
  $ npm run dataset -- pull birds --out photos/birds-again --registry http://localhost:8788
  $ npm run dataset -- remove birds@0123456789abcdef --registry http://localhost:8788

The variable REGISTRY_TOKEN holds the key of the registry. Images that the registry has are not sent again, so that
push and pull go on where they were stopped, and a push after a few changes sends little more than these.
`;

const registrySchema = z.object({ registry: z.string() });

async function openClient(command: Command, signal: AbortSignal): Promise<DatasetClient> {
  const registry = parseUrl("--registry", registrySchema.parse(command.opts()).registry);
  const [url, token] = [registry.origin, await findToken(registry, "train")];
  return new DatasetClient({ url, token, signal, patience: PATIENCE });
}

async function list(client: DatasetClient): Promise<void> {
  const datasets = await client.list();
  if (datasets.length === 0) console.log("The registry has no data sets.");
  for (const { name, latest } of datasets) {
    console.log(latest === null ? name : `${name}@${latest}`);
  }
}

async function describe(client: DatasetClient, id: string): Promise<void> {
  const { name, version } = parseDatasetId(id);
  const dataset = await client.show(name);
  if (!dataset) throw new UserError(`the registry has no data set ${name}`);
  const shown = dataset.versions.filter((it) => version === undefined || it.version === version);
  if (version !== undefined && shown.length === 0) {
    throw new UserError(`the registry has no version ${version} of ${name}`);
  }
  for (const it of shown) {
    const latest = it.version === dataset.latest ? "  latest" : "";
    console.log(
      `${name}@${it.version}  ${plural(it.images, "image")}  ${plural(it.classes, "class", "classes")}  ${megabytes(it.bytes)}  ${it.created}${latest}`,
    );
  }
  if (version === undefined) return;
  const { classNames, trainClasses, shards } = await client.index(name, version);
  if (trainClasses !== undefined) console.log(`The first ${trainClasses} classes train.`);
  console.log(`${plural(shards.length, "shard")}. Classes: ${classNames.join(", ")}`);
}

/** @throws UserError if something is there */
async function checkFree(out: string): Promise<void> {
  const found = await stat(out).catch(() => null);
  if (!found) return;
  if (found.isDirectory() && (await readdir(out)).length === 0) return;
  throw new UserError(`--out: ${out} is there already; name a folder that is not, or remove it`);
}

async function pull(
  client: DatasetClient,
  id: string,
  out: string,
  signal: AbortSignal,
): Promise<void> {
  const { name, version } = parseDatasetId(id);
  await checkFree(out);
  const wanted = version ?? (await client.show(name))?.latest;
  if (!wanted) throw new UserError(`the registry has no data set ${name}`);
  const dataset = await readRemote(client, name, wanted);
  const unfinished = `${out}.${wanted}.part`;
  await mkdir(dirname(out), { recursive: true });
  const lock = await takeLock(`${unfinished}.lock`, signal);
  const bar = byteProgress("pulling");
  try {
    const work = await takeWork(unfinished);
    await unpackDataset(client, dataset, work, out, { progress: bar.update, signal });
  } finally {
    bar.stop();
    await lock.release();
  }
  console.log(`Pulled ${name}@${wanted}: ${plural(dataset.index.images, "image")} in ${out}`);
}

async function remove(client: DatasetClient, id: string): Promise<void> {
  const { name, version } = parseDatasetId(id);
  if (version === undefined) {
    throw new UserError(`name the version to remove: ${name}@<version>, as \`show ${name}\` lists`);
  }
  await client.remove(name, version);
  console.log(`Removed ${name}@${version}`);
}

/** Ctrl-C aborts what is under way, which is no fault. */
async function untilStopped(signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error("Stopped. The same command goes on from here.");
  }
}

await runMain(async (signal) => {
  const program = new Command("npm run dataset --")
    .description("Keep data sets, folders of labelled images, in a registry.")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)");

  const add = (usage: string, description: string) =>
    program
      .command(usage)
      .description(description)
      .requiredOption("--registry <url>", "where the registry Worker listens")
      .showHelpAfterError("(add --help for all flags)");
  const on =
    (work: (client: DatasetClient, argument: string, command: Command) => Promise<void>) =>
    async (...args: unknown[]) => {
      const command = z.instanceof(Command).parse(args.at(-1));
      const [argument = ""] = z.array(z.string()).parse(command.args);
      await untilStopped(signal, async () =>
        work(await openClient(command, signal), argument, command),
      );
    };

  add("push <folder>", "make a version of what a folder holds, and send what the registry lacks")
    .requiredOption("--name <name>", "the data set")
    .action(
      on(async (client, folder, command) => {
        const name = parseDatasetId(z.object({ name: z.string() }).parse(command.opts()).name);
        if (name.version !== undefined) {
          throw new UserError(`--name: a version is named by what it holds; give ${name.name}`);
        }
        await pushDataset(client, folder, name.name, console.log, signal);
      }),
    );
  add("list", "list the data sets of the registry").action(on((client) => list(client)));
  add("show <name[@version]>", "list the versions of a data set, or describe one").action(
    on((client, id) => describe(client, id)),
  );
  add("pull <name[@version]>", "download a version; default: the latest")
    .requiredOption("--out <folder>", "where the images go; --data of train takes this folder")
    .action(
      on((client, id, command) => {
        const { out } = z.object({ out: z.string() }).parse(command.opts());
        return pull(client, id, out, signal);
      }),
    );
  add("remove <name@version>", "remove a version from the registry").action(
    on((client, id) => remove(client, id)),
  );
  await program.parseAsync();
});

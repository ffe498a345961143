import { chmod, cp, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import { runCommand } from "./lib/cuda/command.ts";
import { bundleTrainer } from "./harness/pack/bundle.ts";
import { LAUNCHER } from "./harness/pack/launcher.ts";
import { packLicences, packPackages } from "./harness/pack/packages.ts";

const EXAMPLES = `
Examples:
  $ npm run pack-trainer
  $ npm run pack-trainer -- --with-node --out /media/stick/trainer.tar.gz

On the other machine, which runs Linux on the same kind of processor, and of which only a worker needs a network:
  $ tar -xzf trainer.tar.gz
  $ pddm-trainer/pddm doctor
  $ PDDM_LIBTENSORFLOW=<folder> pddm-trainer/pddm train --backend cuda --data photos/birds
  $ REGISTRY_TOKEN=<key> pddm-trainer/pddm worker --registry https://pddm-registry.example.workers.dev
`;

const optionsSchema = z.object({ out: z.string(), withNode: z.boolean().default(false) });

const megabytes = async (path: string) => `${((await stat(path)).size / 1e6).toFixed(1)} MB`;

/** Gathers the content of the archive in a folder. */
async function stage(folder: string, withNode: boolean): Promise<void> {
  const bundled = await bundleTrainer(join(folder, "lib"));
  const others = await packPackages(join(folder, "lib/node_modules"));
  await packLicences([...bundled, ...others], join(folder, "licences"));
  const launcher = join(folder, "pddm");
  await writeFile(launcher, LAUNCHER);
  await chmod(launcher, 0o755);
  if (!withNode) return;
  await mkdir(join(folder, "bin"));
  await cp(process.execPath, join(folder, "bin/node"));
}

await runMain(async () => {
  const name = `pddm-trainer-${process.platform}-${process.arch}`;
  const command = new Command("npm run pack-trainer --")
    .description("Make one archive of the trainer, for a machine without a network.")
    .option("--out <file>", "the archive", `build/${name}.tar.gz`)
    .option("--with-node", "include this Node; otherwise the other machine needs its own")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for examples)")
    .parse();
  const { out, withNode } = optionsSchema.parse(command.opts());
  if (process.platform !== "linux") {
    throw new UserError(
      `the archive is for Linux and must be made on Linux; this is ${process.platform}`,
    );
  }
  const folder = await mkdtemp(join(tmpdir(), "pddm-pack-"));
  try {
    await stage(join(folder, "pddm-trainer"), withNode);
    const unfinished = `${resolve(out)}.unfinished`;
    await mkdir(dirname(unfinished), { recursive: true });
    await runCommand("tar", ["-czf", unfinished, "-C", folder, "pddm-trainer"]);
    await rename(unfinished, out);
  } finally {
    await rm(folder, { recursive: true });
  }
  console.log(
    `${out}: ${await megabytes(out)}${withNode ? `, with Node ${process.versions.node}` : ""}`,
  );
});

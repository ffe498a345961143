import { Command } from "commander";
import * as z from "zod";
import { runMain } from "../trainer/console/main.ts";
import { buildAddon, installPackage, linkLibrary, loadAddon } from "./lib/cuda/package.ts";
import { openLibrary } from "./lib/cuda/library.ts";

const EXAMPLES = `
Where to get libtensorflow, of any TensorFlow 2:
  - a pip wheel, which has headers and libraries, for CPUs or for CUDA 12:
    $ pip download --no-deps tensorflow        # or tensorflow-cpu
    $ unzip -q tensorflow-*.whl 'tensorflow/include/*' 'tensorflow/libtensorflow*' -d libtensorflow
    $ npm run setup-cuda -- --libtensorflow libtensorflow/tensorflow
  - an archive of the C library: https://www.tensorflow.org/install/lang_c
    $ npm run setup-cuda -- --libtensorflow libtensorflow-gpu-linux-x86_64.tar.gz

The command links to a folder and does not copy it, so keep the folder. \`npm ci\` undoes the setup; run the
command again afterwards. It compiles the addon, which needs make, a C++ compiler and Python.
`;

const optionsSchema = z.object({ libtensorflow: z.string() });

await runMain(async () => {
  const command = new Command("npm run setup-cuda --")
    .description("Build the trainer's CUDA backend against a libtensorflow.")
    .requiredOption("--libtensorflow <path>", "its folder or .tar.gz")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for examples)")
    .parse();
  const { libtensorflow } = optionsSchema.parse(command.opts());
  const library = await openLibrary(libtensorflow);
  console.log(
    `Found TensorFlow's headers and ${library.libraries.map(({ file }) => file).join(", ")}`,
  );
  await installPackage();
  await linkLibrary(library);
  console.log("Compiling the addon");
  await buildAddon();
  const { version, gpu } = await loadAddon();
  const where = gpu
    ? "uses a GPU"
    : "runs on the CPU, because it finds no GPU or is built for CPUs";
  console.log(`TensorFlow ${version} loads and ${where}.`);
  console.log("Train with it: npm run train -- --backend cuda --data <folder>");
});

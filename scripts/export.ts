import { join } from "node:path";
import { Command, Option } from "commander";
import * as z from "zod";
import { runMain } from "../trainer/console/main.ts";
import { readSigningKey, signManifest } from "../trainer/export/sign.ts";
import { exportAgain } from "../trainer/runs/exportRun.ts";
import { Run } from "../trainer/runs/run.ts";

const EXAMPLES = `
Examples:
  $ npm run export -- birds
  $ npm run export -- birds --quantization none --out runs/birds/package-float32
  $ npm run export -- birds --sign release.pem
`;

const optionsSchema = z.object({
  quantization: z.enum(["int8", "int8-per-output-channel", "none"]),
  out: z.string().optional(),
  sign: z.string().optional(),
});

await runMain(async (signal) => {
  const command = new Command("npm run export --")
    .description("Export a trained run as a model package. Training already does this once.")
    .argument("<run>", "name of the run, a folder in runs/")
    .addOption(
      new Option(
        "--quantization <scheme>",
        "int8: weights and arithmetic; int8-per-output-channel: weights alone; none: float32",
      )
        .choices(optionsSchema.shape.quantization.options)
        .default("int8"),
    )
    .option("--out <folder>", "where the package goes (default: runs/<run>/package)")
    .option("--sign <file>", "sign it with a private key from npm run signing-key")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const run = new Run(join("runs", z.string().parse(command.args[0])));
  const { quantization, out, sign } = optionsSchema.parse(command.opts());
  const key = sign === undefined ? undefined : await readSigningKey(sign);
  await exportAgain(
    run,
    {
      scheme: quantization,
      folder: out ?? run.packageFolder,
      sign: key && ((manifest) => signManifest(key, manifest)),
    },
    console.log,
    signal,
  );
});

import { join } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import { SIGNATURE_FILE } from "../shared/package/signature.ts";
import { runMain } from "../trainer/console/main.ts";
import { readPackage } from "../trainer/export/package.ts";
import { readSigningKey, signManifest } from "../trainer/export/sign.ts";
import { writeAtomically } from "../trainer/files.ts";

const EXAMPLES = `
Examples:
  $ npm run sign -- runs/birds/package --key release.pem
`;

const optionsSchema = z.object({ key: z.string() });

await runMain(async () => {
  const command = new Command("npm run sign --")
    .description("Sign a model package. This replaces a signature that it may have.")
    .argument("<package>", "folder with manifest.json and weights.safetensors")
    .requiredOption("--key <file>", "a private key from npm run signing-key")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const folder = z.string().parse(command.args[0]);
  const key = await readSigningKey(optionsSchema.parse(command.opts()).key);
  const { manifest, files } = await readPackage(folder);
  await writeAtomically(join(folder, SIGNATURE_FILE), signManifest(key, files.manifest));
  console.log(`Signed ${manifest.name}@${manifest.version}`);
});

import { writeFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import { entryNameSchema } from "../shared/entries.ts";
import { firstIssue } from "../shared/firstIssue.ts";
import { signerEntry } from "../shared/package/signature.ts";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import { makeSigningKey } from "../trainer/export/sign.ts";

const EXAMPLES = `
Examples:
  $ npm run signing-key -- ~/.config/pddm/release.pem
`;

await runMain(async () => {
  const command = new Command("npm run signing-key --")
    .description("Make a key that signs model packages.")
    .argument("<file>", "where to write the private key; the file's name becomes the signer's name")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const path = z.string().parse(command.args[0]);
  const name = entryNameSchema.safeParse(basename(path, extname(path)));
  if (!name.success) throw new UserError(`${path}: ${firstIssue(name.error).message}`);
  const { pem, publicKey } = makeSigningKey();
  await writeFile(path, pem, { flag: "wx", mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "EEXIST" ? "it exists already" : error.message;
    throw new UserError(`${path} cannot be written: ${reason}`);
  });
  console.log(`The private key is in ${path}: keep it where you keep secrets.`);
  console.log("The entry for the variable SIGNERS of both Workers:\n");
  console.log(`  ${signerEntry({ name: name.data, publicKey })}`);
});

import { randomBytes } from "node:crypto";
import { Command, Option } from "commander";
import * as z from "zod";
import { entryNameSchema } from "../shared/entries.ts";
import { firstIssue } from "../shared/firstIssue.ts";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import { keyEntry, SCOPES } from "../workers/http/keys.ts";

const EXAMPLES = `
Examples:
  $ npm run api-key -- shop --scope embed
  $ npm run api-key -- ci --scope publish
  $ npm run api-key -- gpu-1 --scope work

A key that may do several things has an entry for each, with the same name and SHA-256.
`;

const optionsSchema = z.object({ scope: z.enum(SCOPES) });

await runMain(async () => {
  const command = new Command("npm run api-key --")
    .description("Make a key for the API Worker or the registry. Nothing is stored.")
    .argument("<name>", "whose key it is, for you and for the log")
    .addOption(
      new Option(
        "--scope <scope>",
        "embed: to embed and compare; search: to search collections; index: to change them; publish: to publish and promote models; train: to submit data sets and jobs of training; work: to do these jobs",
      )
        .choices(SCOPES)
        .makeOptionMandatory(),
    )
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const { scope } = optionsSchema.parse(command.opts());
  const name = entryNameSchema.safeParse(command.args[0]);
  if (!name.success) throw new UserError(`"${command.args[0]}": ${firstIssue(name.error).message}`);
  const key = `pddm_${randomBytes(32).toString("base64url")}`;
  console.log(`The key for the client. It is not shown again:\n\n  ${key}\n`);
  console.log("The entry for the secret API_KEYS, to add to the entries that stay valid:\n");
  console.log(`  ${await keyEntry(name.data, scope, key)}`);
});

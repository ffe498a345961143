import { Command } from "commander";
import * as z from "zod";
import { runMain } from "../trainer/console/main.ts";
import { readPackage } from "../trainer/export/package.ts";
import { parseUrl } from "./lib/parseUrl.ts";
import { findToken, RegistryClient } from "./lib/registry.ts";

const EXAMPLES = `
Examples:
  $ npm run publish -- runs/birds/package --registry http://localhost:8788
  $ REGISTRY_TOKEN=... npm run publish -- runs/birds/package --registry https://pddm-registry.example.workers.dev
  $ npm run publish -- runs/birds/package --registry http://localhost:8788 --channel canary
  $ npm run publish -- runs/birds/package --registry http://localhost:8788 --no-promote
`;

const optionsSchema = z.object({ registry: z.string(), channel: z.string(), promote: z.boolean() });

await runMain(async () => {
  const command = new Command("npm run publish --")
    .description("Publish a model package to a registry and promote it.")
    .argument("<package>", "folder with manifest.json and weights.safetensors")
    .requiredOption("--registry <url>", "where the registry Worker listens")
    .option("--channel <name>", "the channel that will serve the version", "stable")
    .option("--no-promote", "only publish; the channel keeps its present version")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const options = optionsSchema.parse(command.opts());
  const registry = parseUrl("--registry", options.registry);
  const { manifest, files } = await readPackage(z.string().parse(command.args[0]));
  const client = new RegistryClient(registry.origin, await findToken(registry, "publish"));
  const { name, version } = manifest;
  const isNew = await client.publish(manifest, files);
  console.log(`${isNew ? "Published" : "Already published:"} ${name}@${version}`);
  if (!options.promote) return;
  await client.promote(name, version, options.channel);
  console.log(`Promoted to "${options.channel}". Ask the API with ?model=${name}`);
});

import { Command, Option } from "commander";
import * as z from "zod";
import { promoteSchema } from "../shared/jobs/job.ts";
import { modelNameSchema } from "../shared/package/manifest.ts";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import { DatasetClient } from "../trainer/registry/datasets.ts";
import { JobsClient } from "../trainer/registry/jobs.ts";
import { LONG_PATIENCE, PATIENCE } from "../trainer/registry/patience.ts";
import { parseDatasetId } from "./lib/datasetId.ts";
import { configOptions, givenOptions } from "./lib/flags.ts";
import { saveReport } from "./lib/jobReport.ts";
import { describeEnd, describeJob, follow, jobConfig, parseJobId } from "./lib/jobs.ts";
import { parseUrl } from "./lib/parseUrl.ts";
import { findToken } from "./lib/registry.ts";
import { withStartingPoint } from "./lib/startingPoint.ts";

const EXAMPLES = `
Examples:
  $ npm run jobs -- submit --dataset birds --model birds
  $ npm run jobs -- submit --dataset birds@0123456789abcdef --model birds --size 64 --steps 3000
  $ npm run jobs -- submit --dataset birds --model birds --init mobilenetv2 --promote never
  $ npm run jobs -- list --registry https://pddm-registry.example.workers.dev
  $ npm run jobs -- follow 0123456789ab
  $ npm run jobs -- report 0123456789ab --out report.html
  $ npm run jobs -- cancel 0123456789ab

The variable REGISTRY_TOKEN holds the key of the registry, of the scope train. Workers (npm run worker) do the jobs.
`;

const LOCAL_REGISTRY = "http://localhost:8788";

const registrySchema = z.object({ registry: z.string() });
const submitSchema = z.object({
  dataset: z.string(),
  model: z.string(),
  promote: promoteSchema,
  channel: z.string(),
  group: z.string().optional(),
});

interface Clients {
  jobs: JobsClient;
  datasets: DatasetClient;
}

async function openClients(command: Command, signal: AbortSignal): Promise<Clients> {
  const registry = parseUrl("--registry", registrySchema.parse(command.opts()).registry);
  const [url, token] = [registry.origin, await findToken(registry, "train")];
  return {
    jobs: new JobsClient({ url, token, signal, patience: LONG_PATIENCE }),
    datasets: new DatasetClient({ url, token, signal, patience: PATIENCE }),
  };
}

async function latest(datasets: DatasetClient, name: string): Promise<string> {
  const version = (await datasets.show(name))?.latest;
  if (version) return version;
  throw new UserError(
    `the registry has no data set ${name}; push a folder of images first: npm run dataset -- push <folder> --name ${name}`,
  );
}

async function submit(
  { jobs, datasets }: Clients,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const { dataset, model, promote, channel, group = null } = submitSchema.parse(command.opts());
  const id = parseDatasetId(dataset);
  const checked = modelNameSchema.safeParse(model);
  if (!checked.success) throw new UserError(`--model: ${checked.error.issues[0]?.message}`);
  const own = new Set(["dataset", "model", "promote", "channel", "group", "registry"]);
  const given = Object.entries(givenOptions(command)).filter(([name]) => !own.has(name));
  const started = await withStartingPoint(Object.fromEntries(given), console.log, signal);
  const { config, requirements } = jobConfig(started, id.name, model);
  const version = id.version ?? (await latest(datasets, id.name));
  const job = await jobs.submit({
    ...{ dataset: { name: id.name, version }, model, config, promote, channel },
    ...{ requirements, group },
  });
  console.log(`Submitted job ${job.id}: ${model} from ${id.name}@${version}`);
  console.log(`Follow it: npm run jobs -- follow ${job.id}`);
}

async function list({ jobs }: Clients): Promise<void> {
  const found = await jobs.list();
  if (found.length === 0) console.log("The registry has no jobs.");
  for (const job of found) console.log(describeJob(job));
}

async function show({ jobs }: Clients, id: string): Promise<void> {
  const job = await jobs.show(id);
  console.log(describeJob(job));
  for (const line of describeEnd(job)) console.log(line);
  console.log(`Configuration: ${JSON.stringify(job.config)}`);
}

async function tell({ jobs }: Clients, id: string, signal: AbortSignal): Promise<void> {
  const job = await follow(jobs, id, console.log, signal);
  for (const line of describeEnd(job)) console.log(line);
  if (job.state !== "done") process.exitCode = 1;
}

async function report({ jobs }: Clients, argument: string, command: Command): Promise<void> {
  const id = parseJobId(argument);
  const { out = `report-${id}.html` } = z
    .object({ out: z.string().optional() })
    .parse(command.opts());
  await saveReport(jobs, id, out);
  console.log(`Report: ${out}`);
}

async function cancel({ jobs }: Clients, id: string): Promise<void> {
  const { state } = await jobs.cancel(id);
  const told = state === "cancelled" ? "is cancelled" : "stops at the next heartbeat of its worker";
  console.log(`Job ${id} ${told}`);
}

await runMain(async (signal) => {
  const program = new Command("npm run jobs --")
    .description("Let workers train models on data sets of a registry.")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)");
  const add = (
    usage: string,
    description: string,
    work: (clients: Clients, argument: string, command: Command) => Promise<void>,
  ) =>
    program
      .command(usage)
      .description(description)
      .option("--registry <url>", "where the registry Worker listens", LOCAL_REGISTRY)
      .showHelpAfterError("(add --help for all flags)")
      .action(async (...args: unknown[]) => {
        const command = z.instanceof(Command).parse(args.at(-1));
        const [argument = ""] = z.array(z.string()).parse(command.args);
        try {
          await work(await openClients(command, signal), argument, command);
        } catch (error) {
          // Ctrl-C is no fault.
          if (!signal.aborted) throw error;
        }
      });

  const submitting = add(
    "submit",
    "queue a job: train a model on a data set, publish it, promote it where it is better",
    (clients, _, command) => submit(clients, command, signal),
  )
    .requiredOption("--dataset <name[@version]>", "what to train on; default: the latest version")
    .requiredOption("--model <name>", "the model that it makes")
    .addOption(
      new Option("--promote <when>", "whether the channel shall serve the new version")
        .choices(promoteSchema.options)
        .default("if-better"),
    )
    .option("--channel <name>", "the channel that would serve it", "stable")
    .option("--group <name>", "a name for jobs that belong together")
    .addHelpText("after", EXAMPLES);
  for (const option of configOptions()) {
    if (!["--data", "--name"].includes(option.long ?? "")) submitting.addOption(option);
  }
  add("list", "list the newest jobs", (clients) => list(clients));
  add("show <id>", "tell how far a job is, or how it ended", (clients, id) =>
    show(clients, parseJobId(id)),
  );
  add(
    "follow <id>",
    "print what happens to a job until it ends; exit code 1 if it fails",
    (clients, id) => tell(clients, parseJobId(id), signal),
  );
  add(
    "report <id>",
    "save the report of a trained job, a page of figures and pictures",
    report,
  ).option("--out <file>", "where it goes (default: report-<id>.html)");
  add("cancel <id>", "cancel a job", (clients, id) => cancel(clients, parseJobId(id)));
  await program.parseAsync();
});

import { Command, InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { firstIssue } from "../shared/firstIssue.ts";
import { type Job, promoteSchema } from "../shared/jobs/job.ts";
import { modelNameSchema } from "../shared/package/manifest.ts";
import { runMain } from "../trainer/console/main.ts";
import { UserError } from "../trainer/error.ts";
import { JobGroup } from "../trainer/jobs/group.ts";
import { digestOf } from "../trainer/jobs/submission.ts";
import { DatasetClient } from "../trainer/registry/datasets.ts";
import { JobsClient } from "../trainer/registry/jobs.ts";
import { ModelsClient } from "../trainer/registry/models.ts";
import { LONG_PATIENCE, PATIENCE } from "../trainer/registry/patience.ts";
import { cancelGroup, cancelJob } from "./lib/cancel.ts";
import { parseDatasetId } from "./lib/datasetId.ts";
import { configOptions, givenOptions, gridOptions } from "./lib/flags.ts";
import { saveReport } from "./lib/jobReport.ts";
import { describeEnd, describeJob, follow, jobConfig, parseJobId } from "./lib/jobs.ts";
import { parseUrl } from "./lib/parseUrl.ts";
import { quote } from "./lib/quote.ts";
import { findToken } from "./lib/registry.ts";
import { withStartingPoint } from "./lib/startingPoint.ts";
import { followGroup } from "./lib/sweep/followGroup.ts";
import { MOST_JOBS, planSweep } from "./lib/sweep/sweep.ts";

const EXAMPLES = `
Examples:
  $ npm run jobs -- submit --dataset birds --model birds
  $ npm run jobs -- submit --dataset birds@0123456789abcdef --model birds --size 64 --steps 3000
  $ npm run jobs -- submit --dataset birds --model birds --init mobilenetv2 --promote never
  $ npm run jobs -- sweep --dataset birds --model birds --learning-rate 1e-4,3e-4,1e-3 --seeds 3
  $ npm run jobs -- list --registry https://pddm-registry.example.workers.dev
  $ npm run jobs -- follow 0123456789ab
  $ npm run jobs -- follow --group birds-rates
  $ npm run jobs -- report 0123456789ab --out report.html
  $ npm run jobs -- promote 0123456789ab
  $ npm run jobs -- cancel 0123456789ab

The variable REGISTRY_TOKEN holds the key of the registry, of the scope train; to promote, of the scope publish.
Workers (npm run worker) do the jobs.
`;

const SWEEP_EXAMPLES = `
Examples:
  $ npm run jobs -- sweep --dataset birds --model birds --learning-rate 1e-4,3e-4,1e-3 --seeds 3
  $ npm run jobs -- sweep --dataset birds --model birds --init auto --head-rate 1,3 --steps 200,400 --seeds 3
  $ npm run jobs -- sweep --dataset birds --model birds --method pddm-quadruplet --set alpha=0.3,0.5,0.7 --group alphas

Every flag that takes a number or one of some choices takes several, separated by commas. Each combination is trained
with each seed, ${MOST_JOBS} jobs at most. All are checked before the first is submitted. The same command again submits only
what is not there, or has failed or was cancelled.
`;

const LOCAL_REGISTRY = "http://localhost:8788";

const groupSchema = z.string().min(1).max(64);

const registrySchema = z.object({ registry: z.string() });
const submitSchema = z.object({
  dataset: z.string(),
  model: modelNameSchema,
  promote: promoteSchema,
  channel: z.string(),
  group: groupSchema.optional(),
});
const sweepSchema = submitSchema.extend({ seeds: z.number() });
const ofGroupSchema = z.object({ group: groupSchema.optional() });

type Promotion = z.infer<typeof promoteSchema>;

function toCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0 && count <= MOST_JOBS) return count;
  throw new InvalidArgumentError(`It is a number of seeds, 1 to ${MOST_JOBS}.`);
}

interface Clients {
  jobs: JobsClient;
  datasets: DatasetClient;
  models: ModelsClient;
  /** Another command of this kind for the same registry. */
  command: (words: string) => string;
}

async function openClients(command: Command, signal: AbortSignal): Promise<Clients> {
  const registry = parseUrl("--registry", registrySchema.parse(command.opts()).registry);
  const [url, token] = [registry.origin, await findToken(registry, "train")];
  const isLocal = url === LOCAL_REGISTRY;
  return {
    jobs: new JobsClient({ url, token, signal, patience: LONG_PATIENCE }),
    datasets: new DatasetClient({ url, token, signal, patience: PATIENCE }),
    models: new ModelsClient({ url, token, signal, patience: PATIENCE }),
    command: (words) => `npm run jobs -- ${words}${isLocal ? "" : ` --registry ${url}`}`,
  };
}

async function latest(datasets: DatasetClient, name: string): Promise<string> {
  const version = (await datasets.show(name))?.latest;
  if (version) return version;
  throw new UserError(
    `the registry has no data set ${name}; push a folder of images first: npm run dataset -- push <folder> --name ${name}`,
  );
}

/** @throws UserError */
function parse<T>(schema: z.ZodType<T>, command: Command): T {
  const parsed = schema.safeParse(command.opts());
  if (parsed.success) return parsed.data;
  const { path, message } = firstIssue(parsed.error);
  throw new UserError(`--${path.map(String).join(".")}: ${message}`);
}

/** The flags of a training, and where it starts. */
function trainingFlags(command: Command, signal: AbortSignal): Promise<Record<string, unknown>> {
  const own = new Set(["dataset", "model", "promote", "channel", "group", "registry", "seeds"]);
  const given = Object.entries(givenOptions(command)).filter(([name]) => !own.has(name));
  return withStartingPoint(Object.fromEntries(given), console.log, signal);
}

async function submit(
  { jobs, datasets, command: another }: Clients,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const { dataset, model, promote, channel, group = null } = parse(submitSchema, command);
  const id = parseDatasetId(dataset);
  const { config, requirements } = jobConfig(
    await trainingFlags(command, signal),
    ...([id.name, model] as const),
  );
  const version = id.version ?? (await latest(datasets, id.name));
  const job = await jobs.submit({
    ...{ dataset: { name: id.name, version }, model, config, promote, channel },
    ...{ requirements, group },
  });
  console.log(`Submitted job ${job.id}: ${model} from ${id.name}@${version}`);
  console.log(`Follow it: ${another(`follow ${job.id}`)}`);
}

async function sweep(
  { jobs, datasets, command: another }: Clients,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const { dataset, model, promote, channel, group, seeds } = parse(sweepSchema, command);
  const id = parseDatasetId(dataset);
  const flags = await trainingFlags(command, signal);
  const { trainings, words } = planSweep(flags, seeds, { data: id.name, model });
  const version = id.version ?? (await latest(datasets, id.name));
  const of = { dataset: { name: id.name, version }, model, promote, channel };
  const requests = trainings.map((training) => ({ ...of, ...training }));
  const name = group ?? `${model.slice(0, 50)}-${digestOf(requests).slice(0, 8)}`;
  console.log(`${requests.length} jobs of the group ${name}: ${words}`);
  const { added } = await new JobGroup(jobs, name).submit(requests);
  const there = requests.length - added;
  console.log(`Submitted ${added}${there > 0 ? `; ${there} were there already` : ""}`);
  console.log(`Follow them: ${another(`follow --group ${quote(name)}`)}`);
}

async function list({ jobs }: Clients, command: Command): Promise<void> {
  const { group } = parse(ofGroupSchema, command);
  const found = group === undefined ? await jobs.list() : await jobs.group(group);
  const where = group === undefined ? "" : ` of the group ${group}`;
  if (found.length === 0) console.log(`The registry has no jobs${where}.`);
  for (const job of found) console.log(describeJob(job));
}

async function show({ jobs }: Clients, id: string): Promise<void> {
  const job = await jobs.show(id);
  console.log(describeJob(job));
  for (const line of describeEnd(job)) console.log(line);
  console.log(`Configuration: ${JSON.stringify(job.config)}`);
}

/** What is asked for: a job by its id, or a group by its name. @throws UserError if it is both, or neither */
function parseSubject(argument: string, command: Command): { id: string } | { group: string } {
  const { group } = parse(ofGroupSchema, command);
  if (group === undefined && argument !== "") return { id: parseJobId(argument) };
  if (group !== undefined && argument === "") return { group };
  throw new UserError("name either the id of a job or a group (--group)");
}

async function tell(
  { jobs, command: another }: Clients,
  argument: string,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const subject = parseSubject(argument, command);
  if ("group" in subject) {
    const promote = ({ id }: Job) => another(`promote ${id}`);
    const options = { say: console.log, promote };
    if (!(await followGroup(jobs, subject.group, options, signal))) process.exitCode = 1;
    return;
  }
  const job = await follow(jobs, subject.id, console.log, signal);
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

function cancel({ jobs }: Clients, argument: string, command: Command): Promise<void> {
  const subject = parseSubject(argument, command);
  return "group" in subject
    ? cancelGroup(jobs, subject.group, console.log)
    : cancelJob(jobs, subject.id, console.log);
}

async function promote({ jobs, models }: Clients, id: string, command: Command): Promise<void> {
  const { model, state, decision, channel: own } = await jobs.show(id);
  if (!decision) throw new UserError(`job ${id} is ${state}: it has made no version`);
  const { channel = own } = z.object({ channel: z.string().optional() }).parse(command.opts());
  const { version } = decision.challenger;
  await models.serve(model, version, channel);
  console.log(`Promoted ${model}@${version} to "${channel}". Ask the API with ?model=${model}`);
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

  const addTraining = (command: Command, promotion: Promotion, options: Option[]) => {
    command
      .requiredOption("--dataset <name[@version]>", "what to train on; default: the latest version")
      .requiredOption("--model <name>", "the model that it makes")
      .addOption(
        new Option("--promote <when>", "whether the channel shall serve the new version")
          .choices(promoteSchema.options)
          .default(promotion),
      )
      .option("--channel <name>", "the channel that would serve it", "stable");
    for (const option of options) {
      if (!["--data", "--name"].includes(option.long ?? "")) command.addOption(option);
    }
  };
  const submitting = add(
    "submit",
    "queue a job: train a model on a data set, publish it, promote it where it is better",
    (clients, _, command) => submit(clients, command, signal),
  )
    .option("--group <name>", "a name for jobs that belong together")
    .addHelpText("after", EXAMPLES);
  addTraining(submitting, "if-better", configOptions());
  const sweeping = add(
    "sweep",
    "queue a job for every combination of several values of flags, and every seed",
    (clients, _, command) => sweep(clients, command, signal),
  )
    .option("--seeds <count>", "how many seeds, from --seed on", toCount, 1)
    .option("--group <name>", "a name for these jobs (default: made of what they are)")
    .addHelpText("after", SWEEP_EXAMPLES);
  addTraining(sweeping, "never", gridOptions());
  add("list", "list the newest jobs, or those of a group", (clients, _, command) =>
    list(clients, command),
  ).option("--group <name>", "all jobs of a group");
  add("show <id>", "tell how far a job is, or how it ended", (clients, id) =>
    show(clients, parseJobId(id)),
  );
  add(
    "follow [id]",
    "print what happens to a job, or to all of a group, until the end; exit code 1 if one fails",
    (clients, argument, command) => tell(clients, argument, command, signal),
  ).option("--group <name>", "all jobs of a group; at the end, which of their settings is best");
  add(
    "report <id>",
    "save the report of a trained job, a page of figures and pictures",
    report,
  ).option("--out <file>", "where it goes (default: report-<id>.html)");
  add("promote <id>", "let the version that a job has made be served", (clients, id, command) =>
    promote(clients, parseJobId(id), command),
  ).option("--channel <name>", "the channel that will serve it (default: the job's)");
  add("cancel [id]", "cancel a job, or all of a group that have not ended", cancel).option(
    "--group <name>",
    "all jobs of a group",
  );
  await program.parseAsync();
});

import { Command, Option } from "commander";
import * as z from "zod";
import { BackendError } from "../trainer/backends/error.ts";
import { type BackendName, BACKENDS } from "../trainer/backends/names.ts";
import { openBackend } from "../trainer/backends/open.ts";
import { runMain } from "../trainer/console/main.ts";
import { BOUND, check, type Outcome } from "../trainer/gradcheck/check.ts";
import { summary, topicTable } from "../trainer/gradcheck/table.ts";

const EXAMPLES = `
Examples:
  $ npm run gradcheck
  $ npm run gradcheck -- --backend cuda
  $ npm run --silent gradcheck -- --json > gradcheck.json

It takes about a minute, most of it in the cpu backend. The exit status is 1 if an error is over ${BOUND.toExponential()}.
On a GPU, products are computed without TF32, whose rounding would hide all other errors.
`;

const optionsSchema = z.object({
  backend: z.enum(BACKENDS).optional(),
  json: z.boolean().default(false),
});

type Say = (line: string) => void;

/** Opens a backend. @returns why it cannot run here, or null @throws BackendError if it was demanded */
async function open(backend: BackendName, demanded: boolean, say: Say): Promise<string | null> {
  try {
    await openBackend(backend, say);
    return null;
  } catch (error) {
    if (demanded || !(error instanceof BackendError)) throw error;
    return error.message;
  }
}

await runMain(async (signal) => {
  const command = new Command("npm run gradcheck --")
    .description(
      "Compare all that training computes, values and gradients, with tfjs's cpu backend.",
    )
    .addOption(
      new Option("--backend <value>", "check this one (default: all that run here)").choices(
        BACKENDS,
      ),
    )
    .option("--json", "print one JSON object, and nothing else on standard output")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for all flags)")
    .parse();
  const { backend: demanded, json } = optionsSchema.parse(command.opts());
  const say: Say = json ? () => undefined : console.log;
  // CUDA's libraries read this when they load.
  process.env.NVIDIA_TF32_OVERRIDE = "0";

  const checked: Record<string, { cases: Outcome[] } | { reason: string }> = {};
  const summaries: string[] = [];
  for (const backend of demanded ? [demanded] : BACKENDS) {
    const reason = await open(backend, demanded !== undefined, say);
    if (reason !== null) {
      checked[backend] = { reason };
      summaries.push(`${backend}: not checked. ${reason}`);
      continue;
    }
    say(`\n${backend}: relative errors of the value, then of the gradients`);
    const cases = await check(backend, (outcomes) => say(topicTable(outcomes)), signal);
    if (signal.aborted) return;
    checked[backend] = { cases };
    summaries.push(summary(backend, cases));
  }
  const passed = Object.values(checked).every(
    (it) => !("cases" in it) || it.cases.every((outcome) => outcome.passed !== false),
  );
  if (json) console.log(JSON.stringify({ bound: BOUND, passed, backends: checked }));
  else console.log(`\n${summaries.join("\n")}`);
  if (!passed) process.exitCode = 1;
});

/** Formats outcomes as text. */
import { VALUE } from "./case.ts";
import { BOUND, type Outcome } from "./check.ts";

const NAME_WIDTH = 56;
/** A case with more gradients than this shows only the worst. */
const MOST_GRADIENTS = 5;

const format = (error: number) => error.toExponential(1).padStart(8);

/** Sorts by error, largest first. */
const byError = ([, a]: [string, number], [, b]: [string, number]) => b - a;

function row({ name, errors, passed, reason }: Outcome): string {
  const title = `    ${name.padEnd(NAME_WIDTH)}`;
  if (passed === null) return `${title}  not supported: ${reason}`;
  if (reason !== undefined) return `${title}  FAILS: ${reason}`;
  const { [VALUE]: value, ...rest } = errors;
  if (value === undefined) throw new Error(`"${name}" ran but has no error of its value`);
  const gradients = Object.entries(rest);
  const [worst] = [...gradients].sort(byError);
  const shown =
    !worst || gradients.length <= MOST_GRADIENTS
      ? gradients.map(([, error]) => format(error)).join("")
      : `${format(worst[1])} (${worst[0]}, the worst of ${gradients.length})`;
  return `${title}${format(value)} ${shown}${passed ? "" : "  FAILS"}`.trimEnd();
}

/** Formats a topic, one case per line: errors of the value, then of the gradients. */
export function topicTable(outcomes: Outcome[]): string {
  return [`  ${outcomes[0]!.topic}`, ...outcomes.map(row)].join("\n");
}

/** Summarizes all outcomes on a backend in a few lines. */
export function summary(backend: string, outcomes: Outcome[]): string {
  const ran = outcomes.filter(({ passed }) => passed !== null);
  const failed = ran.filter(({ passed }) => !passed);
  const [worst] = ran
    .flatMap(({ name, errors }) =>
      Object.entries(errors).map(([result, error]): [string, number] => [
        `${name}, ${result}`,
        error,
      ]),
    )
    .sort(byError);
  const left = outcomes.length - ran.length;
  const verdict =
    failed.length === 0
      ? `all within ${BOUND.toExponential()}`
      : `${failed.length} FAIL: ${failed.map(({ name }) => name).join("; ")}`;
  const most = worst
    ? `; the largest relative error is ${worst[1].toExponential(1)} (${worst[0]})`
    : "";
  const unsupported = left > 0 ? `; ${left} not supported` : "";
  return `${backend}: ${ran.length} cases, ${verdict}${most}${unsupported}.`;
}

import { type Command, InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { firstIssue } from "../../shared/firstIssue.ts";
import { configSchema, type Config, FINE_TUNING } from "../../trainer/runs/config.ts";
import { UserError } from "../../trainer/error.ts";
import { defaultsOf, METHOD_NAMES, METHODS } from "../../trainer/methods/methods.ts";

/** The flag of a field of the config. */
export const kebab = (name: string) =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const propertySchema = z.object({
  type: z.string().optional(),
  description: z.string(),
  default: z.union([z.string(), z.number()]).optional(),
  enum: z.array(z.string()).optional(),
});

function toNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("Not a number.");
  return value;
}

/** Adds `name=value` to the pairs that came before it. */
function toPairs(text: string, before: Record<string, number>): Record<string, number> {
  const [, name, value] = /^(\w+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError("Not of the form name=value.");
  }
  return { ...before, [name]: toNumber(value) };
}

export const SET = "set";

/** A command-line option for every field of the training config. */
export function configOptions(): Option[] {
  const { properties = {} } = z.toJSONSchema(configSchema, { io: "input" });
  return Object.entries(properties).flatMap(([name, property]) => {
    // The pretrained weights say it.
    if (name === "normalization") return [];
    if (name === "hyperparameters") {
      const description = "a hyperparameter of the method; may be given several times";
      return new Option(`--${SET} <name=value>`, description)
        .default({}, "the method's")
        .argParser(toPairs);
    }
    const { type, description, default: preset, enum: choices } = propertySchema.parse(property);
    const numeric = type === "number" || type === "integer";
    const option = new Option(`--${kebab(name)} <${numeric ? "number" : "value"}>`, description);
    if (choices) option.choices(choices);
    if (numeric) option.argParser(toNumber);
    if (preset !== undefined) option.default(preset);
    return option;
  });
}

/** As `toPairs`, with several values, separated by commas. */
function toLists(text: string, before: Record<string, number[]>): Record<string, number[]> {
  const [name = "", values = ""] = text.split(/=(.*)/s);
  const parsed = values.split(",").map((value) => toPairs(`${name}=${value}`, {})[name] ?? NaN);
  return { ...before, [name]: [...new Set(parsed)] };
}

/**
 * As `configOptions`, but numbers and choices may be several, separated by commas: these options give lists. The seed
 * is one number.
 */
export function gridOptions(): Option[] {
  return configOptions().map((option) => {
    const { parseArg } = option;
    if (!parseArg || option.attributeName() === "seed") return option;
    if (option.attributeName() === SET) return option.argParser(toLists);
    const toList = (text: string) => [
      ...new Set(text.split(",").map((part) => parseArg<unknown>(part.trim(), undefined))),
    ];
    return option.argParser(toList);
  });
}

/** The options that the user typed, without defaults, by the names of the config's fields. */
export function givenOptions(command: Command): Record<string, unknown> {
  const typed = ([name]: [string, unknown]) => command.getOptionValueSource(name) === "cli";
  const given = Object.entries(command.opts<Record<string, unknown>>()).filter(typed);
  return Object.fromEntries(
    given.map(([name, value]) => [name === SET ? "hyperparameters" : name, value]),
  );
}

/** The hyperparameters of every method, for --help. */
export function describeHyperparameters(): string {
  const lines = METHOD_NAMES.flatMap((method) => {
    const defaults = defaultsOf(method);
    return Object.entries(METHODS[method].hyperparameters.shape).map(
      ([name, { description }], at) =>
        `  ${(at === 0 ? method : "").padEnd(19)}${`${name} ${defaults[name]}`.padEnd(19)}${description}`,
    );
  });
  return `Hyperparameters (--set) with their defaults:\n${lines.join("\n")}`;
}

/** The flags that `--init` sets unless they are given, as a user would type them. */
export const FINE_TUNING_FLAGS = Object.entries(FINE_TUNING)
  .map(([name, value]) => `--${kebab(name)} ${value}`)
  .join(" ");

/**
 * @param given by the names of the config's fields
 * @throws UserError that names the flag whose value does not fit
 */
export function parseConfig(given: Record<string, unknown>): Config {
  const parsed = configSchema.safeParse({ ...("init" in given ? FINE_TUNING : {}), ...given });
  if (parsed.success) return parsed.data;
  const { path, message } = firstIssue(parsed.error);
  const [field = "", ...within] = path.map(String);
  const flag = field === "hyperparameters" ? [SET, ...within].join(" ") : kebab(field);
  throw new UserError(`--${flag}: ${message}`);
}

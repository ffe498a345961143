/** The program of the packed `pddm`. Its first argument is the verb to run. */
const VERBS: Record<string, () => Promise<unknown>> = {
  train: () => import("../../train.ts"),
  evaluate: () => import("../../evaluate.ts"),
  export: () => import("../../export.ts"),
  embed: () => import("../../embed.ts"),
  "signing-key": () => import("../../signingKey.ts"),
  sign: () => import("../../sign.ts"),
  publish: () => import("../../publish.ts"),
  worker: () => import("../../worker.ts"),
  weights: () => import("../../weights.ts"),
  paper: () => import("../../paper.ts"),
  doctor: () => import("../../doctor.ts"),
  gradcheck: () => import("../../gradcheck.ts"),
};

export {};

const [verb = ""] = process.argv.splice(2, 1);
if (Object.hasOwn(VERBS, verb)) {
  await VERBS[verb]!();
} else {
  const asked = ["", "help", "--help", "-h"].includes(verb);
  const usage = `pddm <${Object.keys(VERBS).join(" | ")}> [flags]; pddm <verb> --help lists them`;
  if (asked) console.log(usage);
  else console.error(`Error: there is no verb "${verb}": ${usage}`);
  process.exitCode = asked ? 0 : 1;
}

import fc from "fast-check";
import type { PackageFiles } from "../../../../shared/package/codec.ts";
import { entryLine } from "../../../../shared/dataset/dataset.ts";
import { Connection, type Question } from "../ask.ts";
import { Broken } from "../brokenPromise.ts";
import { askWitness, askInTime, type Subject } from "../examine.ts";
import { form } from "../form.ts";
import type { Target } from "../fuzz.ts";
import type { Witness } from "../witnesses.ts";
import { registryCase, type RegistryCase } from "./case.ts";
import { checkRegistryReply } from "./check.ts";
import { RegistryDocument } from "./document.ts";
import { type KeyScope, keyOf } from "./keys.ts";
import {
  drawMaterial,
  type Material,
  type SmallDataset,
  type SmallPackage,
  STEADY,
} from "./material.ts";
import { pathOf, registryQuestion } from "./question.ts";
import { askRaw, checkRawReply, type RawCase, rawCase, rawText } from "./raw.ts";
import { ROWS } from "./rows.ts";
import { World } from "./world.ts";

const question = (
  scope: KeyScope,
  method: string,
  path: string,
  body: Uint8Array = Buffer.alloc(0),
  headers: Record<string, string> = {},
): Question => ({
  ...{ method, path, body },
  headers: { ...headers, authorization: `Bearer ${keyOf(scope)}` },
});

/** The requests that bring a data set into the registry. */
function pushes({ index, entries, shards }: SmallDataset): Question[] {
  const path = `/datasets/${index.name}`;
  const text = `${JSON.stringify(index)}\n${entries.map(entryLine).join("")}`;
  return [
    ...shards.map((shard, at) => {
      return question("train", "PUT", `${path}/shards/${index.shards[at]!.sha256}`, shard);
    }),
    question("train", "POST", path, Buffer.from(text)),
  ];
}

function publication({ name, manifest, weights }: SmallPackage): Question {
  const { body, headers } = form("", [
    { name: "manifest", file: "m", bytes: Buffer.from(manifest) },
    { name: "weights", file: "w", bytes: weights },
  ]);
  return question("publish", "POST", `/models/${name}`, body, headers);
}

/** Good requests for the steady things. What they answer never changes. */
function steadyQuestions({ datasets, packages }: Material): Question[] {
  const ofData = datasets.slice(0, 1).flatMap(({ index, version }) => [
    question("work", "GET", `/datasets/${STEADY}/${version}/entries`),
    question("train", "GET", `/datasets/${STEADY}/${version}`),
    ...index.shards.map(({ sha256 }) => {
      return question("work", "GET", `/datasets/${STEADY}/shards/${sha256}`);
    }),
  ]);
  const ofModels = packages.slice(0, 1).map(({ version }) => {
    return question("publish", "GET", `/models/${STEADY}/${version}`);
  });
  return [...ofData, ...ofModels];
}

type AnyCase = RegistryCase | { raw: RawCase };

/**
 * The registry, with some data sets and models in it. Each case is followed by a good request for what no case changes.
 *
 * @param files a package to publish
 * @param limitMs how long each answer may take
 */
export async function registryTarget(
  subject: Subject,
  files: PackageFiles,
  limitMs: number,
): Promise<Target<AnyCase>> {
  const material = await drawMaterial(files);
  const { datasets, packages } = material;
  const world = new World(material);
  const document = await RegistryDocument.read(subject.url);
  const connection = new Connection(10 * limitMs);
  const ask = async (asked: Question) => {
    const reply = await connection.ask(subject.url, asked);
    if (reply && reply.status < 300) return reply.text;
    throw new Broken(`a good request failed: ${asked.method} ${asked.path}: ${reply?.text}`);
  };
  const witnesses: Witness[] = [];
  try {
    for (const asked of [...datasets.flatMap(pushes), ...packages.map(publication)])
      await ask(asked);
    for (const asked of steadyQuestions(material)) {
      witnesses.push({ question: asked, text: await ask(asked) });
    }
  } finally {
    connection.close();
  }
  const witnessOf = (which: number) => witnesses[which % witnesses.length]!;
  return {
    subject,
    cases: fc.oneof(
      { weight: 20, arbitrary: registryCase },
      { weight: 1, arbitrary: fc.record({ raw: rawCase }) },
    ),
    kindOf: (it) => ("raw" in it ? "malformed HTTP" : it.route),
    examine: async (it, own) => {
      if ("raw" in it) {
        const path = pathOf(it.raw.route, world.choose(it.raw.which, false));
        const reply = await askRaw(subject.url, rawText(it.raw, path), 10 * limitMs);
        if (reply) checkRawReply(reply);
        await askWitness(own, subject, witnessOf(it.raw.which), limitMs);
        return reply;
      }
      const isSteady = ROWS.some(({ route, steady }) => route === it.route && steady);
      const things = world.choose(it.which, isSteady ?? false);
      const asked = await registryQuestion(it, things);
      const reply = await askInTime(own, subject, asked, limitMs);
      if (reply) {
        checkRegistryReply(document, asked, reply);
        world.learn(it.route, things, reply);
      }
      await askWitness(own, subject, witnessOf(it.which), limitMs);
      return reply;
    },
  };
}

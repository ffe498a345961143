import { existsSync } from "node:fs";
import type { Say } from "../console/say.ts";
import { UserError } from "../error.ts";
import type { Config } from "../runs/config.ts";
import { architectures, backboneOf, CATALOGUE, entryNamed, RECOMMENDED } from "./catalogue.ts";
import { CONFIG_FILE, WEIGHTS_FILE } from "./files.ts";
import { isCommit, RepositoryCache } from "./hub/cache.ts";
import { pullFile } from "./hub/pull.ts";
import { hubSettings } from "./hub/settings.ts";
import { formatWeightsName, parseWeightsName, type WeightsName } from "./name.ts";
import { readPreprocessing } from "./preprocessing.ts";

/** What pretrained weights say of the network that they start. */
export type StartingPoint = Pick<Config, "init" | "network" | "normalization" | "centerCrop">;

/** The repository of a short name, of `auto`, or as it is named. @throws UserError if it is none of them */
export function namedWeights(text: string): WeightsName {
  const entry = entryNamed(text === "auto" ? RECOMMENDED : text);
  const name = entry ? { repository: entry.repository, revision: "main" } : parseWeightsName(text);
  if (name !== null) return name;
  throw new UserError(
    `${text} is neither a file nor one of auto, ${Object.keys(CATALOGUE).join(", ")}, ` +
      "nor a repository of Hugging Face such as timm/mobilenetv2_100.ra_in1k",
  );
}

/** Whether --init names a file, which may be on another machine. */
const isFile = (init: string) => existsSync(init) || /\.(safetensors|json)$/.test(init);

/** The repository and the commit of pretrained weights. @returns null if they are a file */
export function pinnedWeights(init: string): WeightsName | null {
  const name = isFile(init) ? null : parseWeightsName(init);
  return name !== null && isCommit(name.revision) ? name : null;
}

/**
 * Resolves what --init names to a repository at a commit, so that the run can be repeated, with what its `config.json`
 * says of images. A path stays what it is.
 *
 * @throws UserError if there are no such weights, or they are of a network that cannot be trained
 */
export async function startingPoint(
  init: string,
  say: Say,
  signal: AbortSignal,
): Promise<Partial<StartingPoint>> {
  if (isFile(init)) return { init };
  const name = namedWeights(init);
  const network = backboneOf(name.repository);
  if (network === undefined) {
    throw new UserError(
      `${name.repository} is of no network that can be trained; those of timm that can are ${architectures().join(", ")}`,
    );
  }
  const settings = await hubSettings(process.env);
  const { path, commit } = await pullFile({ ...name, file: CONFIG_FILE }, settings, say, signal);
  return {
    init: formatWeightsName({ ...name, revision: commit }),
    network,
    ...(await readPreprocessing(path)),
  };
}

/** Brings the weights of a repository at a commit into the cache. @throws UserError if they cannot be had */
export async function pullWeights(init: string, say: Say, signal: AbortSignal): Promise<void> {
  const pinned = pinnedWeights(init);
  if (pinned === null) return;
  await pullFile({ ...pinned, file: WEIGHTS_FILE }, await hubSettings(process.env), say, signal);
}

/** The file of pretrained weights: a path, or what is in the cache. @throws UserError if it is not there */
export async function weightsPath(init: string): Promise<string> {
  const pinned = pinnedWeights(init);
  if (pinned === null) return init;
  const { cache } = await hubSettings(process.env);
  const { repository, revision } = pinned;
  const files = new RepositoryCache(cache, repository);
  if (await files.has(revision, WEIGHTS_FILE)) return files.path(revision, WEIGHTS_FILE);
  throw new UserError(`${cache} lacks ${init}; get it with: npm run weights -- pull ${init}`);
}

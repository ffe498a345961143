import { realpath } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import type { Job } from "../../shared/jobs/job.ts";
import { firstIssue } from "../../shared/firstIssue.ts";
import type { BackendName } from "../backends/names.ts";
import { UserError } from "../error.ts";
import { BACKBONE_NAMES } from "../networks/backbones/registry.ts";
import { type Config, configSchema } from "../runs/config.ts";
import { pinnedWeights } from "../weights/weights.ts";

/** In the folder of the job: the folder of weights of this machine. */
export const WEIGHTS = "weights";

const isWithin = (path: string, folder: string) => {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

/**
 * A path in a configuration that somebody else has written: it may name a file in the folder of weights, and no other
 * file of this machine.
 *
 * @returns the path from the folder of the job
 */
async function permitted(field: string, path: string, weights: string | null): Promise<string> {
  if (weights === null) {
    throw new UserError(
      `--${field}: "${path}" is a file, and this worker reads none; start it with --weights <folder>`,
    );
  }
  const folder = await realpath(weights);
  const outside = new UserError(
    `--${field}: "${path}" is not in the worker's folder of weights; name a file in there, such as mobilenetv2.safetensors`,
  );
  if (isAbsolute(path) || !isWithin(resolve(folder, path), folder)) throw outside;
  const found = await realpath(resolve(folder, path)).catch(() => {
    throw new UserError(`--${field}: the worker's folder of weights has no "${path}"`);
  });
  // A link may lead out of it.
  if (!isWithin(found, folder)) throw outside;
  return join(WEIGHTS, path);
}

/**
 * The configuration of a job for this worker. Its paths are relative to the folder of the job.
 *
 * @param weights the folder of pretrained weights; null: there is none
 * @throws UserError if the trainer does not take it
 */
export async function jobConfig(
  { config, model, dataset }: Pick<Job, "config" | "model" | "dataset">,
  backend: BackendName,
  weights: string | null,
): Promise<Config> {
  const parsed = configSchema.safeParse({ ...config, data: dataset.name, name: model, backend });
  if (!parsed.success) {
    const { path, message } = firstIssue(parsed.error);
    throw new UserError(
      `the configuration of the job, at ${path.map(String).join(".")}: ${message}`,
    );
  }
  const { init, network } = parsed.data;
  const isKnown = BACKBONE_NAMES.some((name) => name === network);
  return {
    ...parsed.data,
    // Weights by name are no file of this machine, but of the cache of Hugging Face's tools.
    ...(init !== undefined &&
      pinnedWeights(init) === null && { init: await permitted("init", init, weights) }),
    ...(!isKnown && { network: await permitted("network", network, weights) }),
  };
}

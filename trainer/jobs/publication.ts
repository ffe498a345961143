import { join } from "node:path";
import type { Decision, Job } from "../../shared/jobs/job.ts";
import { readPackage, writePackage } from "../export/package.ts";
import { decideGate } from "./gate.ts";
import type { Measured } from "./messages.ts";
import type { ModelsClient } from "../registry/models.ts";

/** How often the gate is asked where other promotions come first. */
const MOST_CONTESTS = 3;

const NOTHING: Measured = {
  queries: 0,
  hits: { challenger: [], champion: [] },
  obstacle: "the job asked for no comparison",
  remarks: [],
};

interface Setting {
  models: Pick<ModelsClient, "publish" | "served" | "package" | "promote">;
  job: Pick<Job, "model" | "channel" | "promote">;
  /** That of the job. */
  folder: string;
  /** Measures two packages, by their folders. */
  measure: (champion: string | null) => Promise<Measured>;
}

/** Fetches the served package into a folder. */
async function fetchChampion({ models, job, folder }: Setting, version: string): Promise<string> {
  const path = join(folder, "champion", version);
  await writePackage(path, await models.package(job.model, version));
  return path;
}

/** Decides and promotes. @returns null if another promotion came first */
async function contest(setting: Setting, challenger: string): Promise<Decision | null> {
  const { models, job, measure } = setting;
  const { model, channel, promote } = job;
  const champion = await models.served(model, channel);
  const needed = promote === "if-better" && champion !== challenger;
  const opponent = champion === null || !needed ? null : await fetchChampion(setting, champion);
  const measured = needed ? await measure(opponent) : NOTHING;
  const decided = decideGate({ challenger, champion, channel, measured });
  const decision =
    promote === "if-better"
      ? decided
      : {
          ...decided,
          promoted: promote === "always",
          reason: promote === "always" ? "the job asked for it" : "the job asked for none",
        };
  if (!decision.promoted) return decision;
  const moved = await models.promote(model, { version: challenger, channel, from: champion });
  return moved ? decision : null;
}

/**
 * Publishes the package of a job, and promotes it if the gate lets it pass.
 *
 * @param packageFolder of the trained package
 */
export async function publishJob(setting: Setting, packageFolder: string): Promise<Decision> {
  const { manifest, files } = await readPackage(packageFolder);
  await setting.models.publish(manifest.name, files);
  for (let contests = 0; contests < MOST_CONTESTS; contests++) {
    const decision = await contest(setting, manifest.version);
    if (decision) return decision;
  }
  return {
    promoted: false,
    reason: `other versions were promoted meanwhile, ${MOST_CONTESTS} times; promote ${manifest.version} by hand if it is the better one`,
    challenger: { version: manifest.version, recallAt1: null },
    ...{ champion: null, p: null, queries: 0 },
  };
}

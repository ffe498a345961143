import * as z from "zod";
import { parseJson } from "../../../../shared/json.ts";
import { jobSchema, leaseSchema } from "../../../../shared/jobs/job.ts";
import type { Reply } from "../ask.ts";
import { Broken } from "../brokenPromise.ts";
import type { Material, SmallDataset, SmallPackage } from "./material.ts";

/** What is asked of a job that nobody knows. */
const NOBODY = { id: "0123456789ab", token: 1 };

/** How many of the last jobs are asked for. */
const RECENT = 30;

const versionedSchema = z.object({ name: z.string(), version: z.string() });

/** The things that a case is about. */
export interface Things {
  dataset: SmallDataset;
  datasetVersion: string;
  sha256: string;
  package: SmallPackage;
  modelVersion: string;
  job: { id: string; token: number };
}

/** One of a list that is not empty. */
const pick = <T>(all: readonly T[], which: number): T => all[which % all.length]!;

/** Adds a value under a name. */
const addTo = (all: Map<string, string[]>, name: string, value: string) =>
  all.set(name, [...(all.get(name) ?? []), value]);

const removeFrom = (all: Map<string, string[]>, name: string, value: string) =>
  all.set(
    name,
    (all.get(name) ?? []).filter((it) => it !== value),
  );

/** What a fuzzer knows of the registry from its answers, so that later cases meet what earlier ones have made. */
export class World {
  /** The jobs that are leased, as far as is known, with the tokens. */
  readonly leases = new Map<string, number>();
  /** All that were ever given: `<id> <token>`. */
  private readonly given = new Set<string>();
  private readonly jobs: string[] = [];
  private readonly datasetVersions = new Map<string, string[]>();
  private readonly modelVersions = new Map<string, string[]>();

  constructor(readonly material: Material) {}

  /**
   * Chooses what a case is about.
   *
   * @param steady whether it may be about the steady things
   */
  choose(which: number, steady: boolean): Things {
    const { datasets, packages } = this.material;
    const at = steady && which % 2 === 0 ? 0 : 1 + (which % (datasets.length - 1));
    const dataset = datasets[at]!;
    const model = packages[at]!;
    const { name } = dataset.index;
    const versions = [dataset.version, ...(this.datasetVersions.get(name) ?? [])];
    const modelVersions = [model.version, ...(this.modelVersions.get(model.name) ?? [])];
    const turn = Math.floor(which / 10);
    return {
      dataset,
      datasetVersion: steady && at === 0 ? dataset.version : pick(versions, turn),
      sha256: pick(dataset.index.shards, turn).sha256,
      package: model,
      modelVersion: steady && at === 0 ? model.version : pick(modelVersions, turn),
      job: this.chooseJob(turn),
    };
  }

  /** Mostly one that is leased. */
  private chooseJob(which: number): Things["job"] {
    const leases = [...this.leases];
    if (leases.length > 0 && which % 5 !== 0) {
      const [id, token] = pick(leases, which);
      return { id, token };
    }
    const recent = this.jobs.slice(-RECENT);
    return recent.length > 0 ? { id: pick(recent, which), token: 1 } : NOBODY;
  }

  /**
   * Learns from an answer.
   *
   * @param route of the case
   * @throws Broken if a lease was given before
   */
  learn(
    route: string,
    { job, dataset, datasetVersion, package: model, modelVersion }: Things,
    reply: Reply,
  ): void {
    const { status, text } = reply;
    const kind = `${route} ${status}`;
    const made = versionedSchema.safeParse(parseJson(text)).data;
    if (kind === "POST /jobs 201") this.jobs.push(jobSchema.parse(parseJson(text)).id);
    else if (kind === "POST /jobs/claim 200") this.learnLease(text);
    else if (/^(POST .*\/(complete|fail)|DELETE \/jobs\/:id) (200|409)$/.test(kind)) {
      this.leases.delete(job.id);
    } else if (made && kind === "POST /datasets/:name 201") {
      addTo(this.datasetVersions, made.name, made.version);
    } else if (made && kind === "POST /models/:model 201") {
      addTo(this.modelVersions, made.name, made.version);
    } else if (kind === "DELETE /datasets/:name/:version 204") {
      removeFrom(this.datasetVersions, dataset.index.name, datasetVersion);
    } else if (kind === "DELETE /models/:model/:modelVersion 204") {
      removeFrom(this.modelVersions, model.name, modelVersion);
    }
  }

  private learnLease(text: string): void {
    const { job, token } = leaseSchema.parse(parseJson(text));
    const lease = `${job.id} ${token}`;
    if (this.given.has(lease))
      throw new Broken(`the lease of job ${job.id} with token ${token} was given twice`);
    this.given.add(lease);
    this.leases.set(job.id, token);
  }
}

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type Job, jobSchema, type Lease, leaseSchema } from "../../../shared/jobs/job.ts";
import { sha256 } from "../../../shared/package/digest.ts";
import { answerOf, bindings, call, post } from "./client.ts";
import { pushed, tinyDataset } from "./dataset.ts";

/** What is asked for, with defaults, of a version of the data set "tiny". */
export const requestOf = (version: string, fields: object = {}) => ({
  dataset: { name: "tiny", version },
  model: "birds",
  config: { steps: 100 },
  ...fields,
});

export const pushTiny = async () => pushed(await tinyDataset());

/** Submits a job. */
export async function submitted(version: string, fields: object = {}): Promise<Job> {
  return jobSchema.parse(await answerOf(await post("/jobs", requestOf(version, fields)), 201));
}

export const claim = (worker = "gpu-1", fields: object = {}) =>
  post("/jobs/claim", { worker, backend: "cuda", gpuBytes: 24e9, ...fields });

export async function claimed(worker = "gpu-1"): Promise<Lease> {
  return leaseSchema.parse(await answerOf(await claim(worker)));
}

/** A job that has a worker. @returns its id */
export async function begun(): Promise<string> {
  const { id } = await submitted(await pushTiny());
  await claimed();
  return id;
}

/** The keys of what R2 keeps of jobs. */
export const keptOfJobs = async () =>
  (await bindings.MODELS.list({ prefix: "jobs/" })).objects.map(({ key }) => key);

export const verb = (id: string, name: "heartbeat" | "complete" | "fail", body: object) =>
  post(`/jobs/${id}/${name}`, body);

export const beat = (id: string, token: number, fields: object = {}) =>
  verb(id, "heartbeat", { token, progress: null, ...fields });

export const DECISION = {
  promoted: true,
  reason: "it is better",
  challenger: { version: "0123456789abcdef", recallAt1: 0.9 },
  champion: null,
  p: null,
  queries: 10,
};

export const ERROR = { message: "the loss is not a number", log: ["step 1", "step 2"] };

/** The path for a checkpoint of some text. */
export const checkpointPath = async (id: string, token: number, step: number, text: string) =>
  `/jobs/${id}/checkpoint?token=${token}&step=${step}&sha256=${await sha256(text)}`;

export async function jobNow(id: string): Promise<Job> {
  return jobSchema.parse(await answerOf(await call(`/jobs/${id}`)));
}

/** Lets the leases of all jobs end. */
export const expireAll = () =>
  runInDurableObject(env.JOBS.get(env.JOBS.idFromName("jobs")), (_, { storage }) => {
    storage.sql.exec("UPDATE jobs SET expires = 1 WHERE expires IS NOT NULL");
  });

import type { IRequestStrict } from "itty-router";
import { type Submission, submissionSchema } from "../../../../shared/jobs/job.ts";
import { HttpError } from "../../../http/errors.ts";
import { parse } from "../../../http/parse.ts";
import { channelNameSchema } from "../../../storage/channel.ts";
import { demandVersion, noVersion } from "../../datasets/store.ts";
import type { Env } from "../../env.ts";
import { readJson } from "../../input.ts";

const MAX_CONFIG_BYTES = 65_536;

/** Of a request: its configuration, and room for the other fields. */
const MAX_REQUEST_BYTES = MAX_CONFIG_BYTES + 16_384;

/** POST /jobs: queues a job, unless there is one of its key. */
export async function submitJob(request: IRequestStrict, env: Env): Promise<Response> {
  const { MODELS, DATASETS } = env;
  const job: Submission = await readJson(request, submissionSchema, MAX_REQUEST_BYTES);
  // Otherwise it would train for hours, and then find that it cannot promote.
  parse(channelNameSchema, job.channel, "channel");
  demandShort(job.config);
  const { name, version } = job.dataset;
  await demandVersion(MODELS, name, version, "dataset");
  const submitted = await DATASETS.get(DATASETS.idFromName(name)).submit(job);
  if (!submitted) throw noVersion(name, version, "dataset");
  const { job: queued, isNew } = submitted;
  const headers = { location: `/jobs/${queued.id}` };
  return Response.json(queued, { status: isNew ? 201 : 200, headers });
}

function demandShort(config: object): void {
  const bytes = new TextEncoder().encode(JSON.stringify(config)).length;
  if (bytes <= MAX_CONFIG_BYTES) return;
  const problem = `config has ${bytes} bytes of JSON; the limit is ${MAX_CONFIG_BYTES}`;
  throw new HttpError("part_too_large", problem, "config");
}

import { parse } from "../../../http/parse.ts";
import { HttpError } from "../../../http/errors.ts";
import type { DuplicateJob } from "../../../protocol/collection.ts";
import type { AppContext } from "../../app.ts";
import { describeCollection } from "../../collections/describe.ts";
import { groupsOf } from "../../collections/groups.ts";
import { collectionObject } from "../../collections/objects.ts";
import { readRecord, unknownCollection } from "../../collections/records.ts";
import {
  findDuplicates as findContract,
  type getDuplicates as getContract,
} from "../../contract/collections/duplicates.ts";
import type { Answer } from "../../contract/contract.ts";
import { readJson } from "../../request/body.ts";
import { occasionOf } from "../../request/select.ts";
import { nameOf } from "./collection.ts";
import { queueOf } from "./queue.ts";

const describe = ({ state, minProbability, done, total, started }: DuplicateJob) => ({
  state,
  min_probability: minProbability,
  done,
  total,
  started,
});

/** POST /collections/:collection/duplicates: begins to look for duplicates. */
export async function findDuplicates(c: AppContext): Promise<Response> {
  const name = nameOf(c);
  const { settings } = c.var;
  const body = parse(findContract.body.schema, await readJson(c));
  const queue = queueOf(settings);
  const record = await readRecord(occasionOf(c), name);
  const { count } = await describeCollection(settings, record);
  const job = await collectionObject(settings, name).startDuplicates(body.min_probability, count);
  if (!job) throw unknownCollection(name);
  const { uid } = record;
  await queue.send({ task: "duplicates", collection: name, uid, job: job.id, from: null });
  return c.json(describe(job) satisfies Answer<typeof findContract>, 202);
}

/** GET /collections/:collection/duplicates: what was found. */
export async function getDuplicates(c: AppContext): Promise<Response> {
  const name = nameOf(c);
  await readRecord(occasionOf(c), name);
  const found = await collectionObject(c.var.settings, name).duplicates();
  if (!found) {
    const problem = `nobody has looked for duplicates in "${name}" yet: POST to this path first`;
    throw new HttpError("not_found", problem);
  }
  return c.json({
    ...describe(found.job),
    groups: groupsOf(found.pairs),
    truncated: found.truncated,
  } satisfies Answer<typeof getContract>);
}

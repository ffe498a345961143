import { DurableObject } from "cloudflare:workers";
import type { DatasetIndex } from "../../../shared/dataset/dataset.ts";
import type { Submission } from "../../../shared/jobs/job.ts";
import type { DatasetRpc } from "../../protocol/datasets.ts";
import type { Submitted } from "../../protocol/jobs.ts";
import { entriesKey, indexKey } from "../../storage/layout.ts";
import { MANIFEST_OPTIONS, putIfAbsent } from "../bucket.ts";
import { type Env, readEnv } from "../env.ts";
import { jobsOf } from "../jobs/call.ts";
import {
  missingShard,
  readIndex,
  readLatest,
  readVersions,
  release,
  summaryOf,
  writeLatest,
} from "./store.ts";

/**
 * Changes the versions of a data set one after the other. R2 has no transactions: without it a removal could delete
 * shards that a new version, or a version that a new job, has just found.
 */
export class Dataset extends DurableObject<object> implements DatasetRpc {
  private readonly bindings: Env;
  private last: Promise<unknown> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.bindings = readEnv(env);
  }

  commit(version: string, index: DatasetIndex): Promise<"new" | "known" | "missing"> {
    return this.inTurn(async () => {
      const { MODELS } = this.bindings;
      const { name, entries } = index;
      const found = await readIndex(MODELS, name, version);
      if (!found) {
        const isMissing =
          !(await MODELS.head(entriesKey(name, entries))) ||
          (await missingShard(MODELS, index)) !== undefined;
        if (isMissing) return "missing";
        await putIfAbsent(MODELS, indexKey(name, version), JSON.stringify(index), {
          ...MANIFEST_OPTIONS,
          customMetadata: summaryOf(index),
        });
      }
      await writeLatest(MODELS, name, version);
      // The same images may have been packed into other shards, which nobody needs.
      if (found) await release(MODELS, index);
      return found ? "known" : "new";
    });
  }

  remove(name: string, version: string): Promise<"removed" | "unknown" | { usedBy: string[] }> {
    return this.inTurn(async () => {
      const { MODELS } = this.bindings;
      const found = await readIndex(MODELS, name, version);
      if (!found) return "unknown";
      const usedBy = await jobsOf(this.bindings).using(name, version);
      if (usedBy.length > 0) return { usedBy };
      if ((await readLatest(MODELS, name)) === version) {
        const left = (await readVersions(MODELS, name)).filter((it) => it.version !== version);
        await writeLatest(MODELS, name, left[0]?.version);
      }
      await MODELS.delete(indexKey(name, version));
      await release(MODELS, found.index);
      return "removed";
    });
  }

  submit(submission: Submission): Promise<Submitted | null> {
    return this.inTurn(async () => {
      const { name, version } = submission.dataset;
      if (!(await this.bindings.MODELS.head(indexKey(name, version)))) return null;
      // Only the data of the answer: to whoever gets the answer itself, it is something to be disposed of.
      return structuredClone(await jobsOf(this.bindings).submit(submission));
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }
}

import { Miniflare } from "miniflare";

/** The local R2 of running servers, for tests that spoil what it holds. */
export function openBucket(persist: string) {
  const beside = new Miniflare({
    ...{ modules: true, script: "export default {}", cf: false },
    ...{ r2Buckets: { MODELS: "pddm-models" }, r2Persist: persist },
  });
  return {
    bucket: () => beside.getR2Bucket("MODELS"),
    close: () => beside.dispose(),
  };
}

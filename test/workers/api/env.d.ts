import type { Collection } from "../../../workers/search/collection/collection.ts";
import type { Shard } from "../../../workers/search/shard/shard.ts";

declare global {
  namespace Cloudflare {
    /** The bindings of wrangler.toml and vitest.config.ts that tests touch themselves. */
    interface Env {
      MODELS: R2Bucket;
      PICTURES: R2Bucket;
      TASKS: Queue;
      SHARDS: DurableObjectNamespace<Shard>;
      COLLECTIONS: DurableObjectNamespace<Collection>;
      THREE_IN_TEN_SECONDS: RateLimit;
    }
  }
}

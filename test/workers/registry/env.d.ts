import type { Jobs } from "../../../workers/registry/jobs/jobs.ts";

declare global {
  namespace Cloudflare {
    /** A binding of wrangler.toml that tests touch themselves. */
    interface Env {
      JOBS: DurableObjectNamespace<Jobs>;
      DATASETS: DurableObjectNamespace;
    }
  }
}

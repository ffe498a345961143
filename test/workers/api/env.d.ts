declare namespace Cloudflare {
  /** The bindings of wrangler.toml and vitest.config.ts that tests touch themselves. */
  interface Env {
    MODELS: R2Bucket;
    THREE_IN_TEN_SECONDS: RateLimit;
  }
}

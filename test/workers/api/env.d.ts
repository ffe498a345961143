declare namespace Cloudflare {
  /** The bindings of wrangler.toml that tests touch themselves. */
  interface Env {
    MODELS: R2Bucket;
  }
}

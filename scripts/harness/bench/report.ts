import * as z from "zod";

/** What `npm run bench -- --json` prints. Parts that were not asked for are left out. */

const count = z.int().min(0);
const positive = z.number().positive();

const embedRowSchema = z.strictObject({
  network: z.string(),
  /** The engine's arithmetic. The others always compute in float32. */
  precision: z.enum(["float32", "int8"]),
  /** Milliseconds per image. */
  engine_ms: positive,
  tfjs_ms: positive,
  /** In Node, not in workerd; null if onnxruntime-web is not installed. */
  ort_ms: positive.nullable(),
  /** Millions of multiplications and additions per image. */
  mflop: positive,
  engine_gflops: positive,
  /** The speed of a kernel that only multiplies and adds, with SIMD and with relaxed SIMD. */
  peak_gflops: positive,
  relaxed_peak_gflops: positive,
  /** engine_gflops / peak_gflops. */
  peak_share: positive,
  /** The least cosine between the engine's embedding and the others'. */
  cosine: z.number(),
});

const similarityRowSchema = z.strictObject({
  shape: z.string(),
  engine_pairs_per_s: positive,
  tfjs_pairs_per_s: positive,
  ratio: positive,
});

export type EmbedRow = z.infer<typeof embedRowSchema>;
export type SimilarityRow = z.infer<typeof similarityRowSchema>;

const ms = z.number().min(0);

const coldRowSchema = z.strictObject({
  network: z.string(),
  package_bytes: count,
  wasm_ms: ms,
  read_ms: ms,
  hash_ms: ms,
  /** Reading manifest and tensors, and int8 to float32, without the hash. */
  dequantize_ms: ms,
  upload_ms: ms,
  first_inference_ms: ms,
  /** The first answer of the API Worker's /embed in a fresh isolate, which includes all steps. */
  first_embed_ms: ms,
});

const memoryShape = {
  /** The heap of tfjs, which never shrinks. */
  wasm_bytes: count,
  /** V8's heap, garbage included; the least of some readings. */
  js_bytes: count,
  /** Resident memory of workerd; null if the system has no /proc. */
  process_bytes: count.nullable(),
};
const usedSchema = z.strictObject(memoryShape);

const memorySchema = z.strictObject({
  networks: z.array(
    z.strictObject({
      network: z.string(),
      ...memoryShape,
    }),
  ),
  /** Before and after this many HTTP requests to the last network, half of them to each route. */
  requests: z.strictObject({
    network: z.string(),
    requests: count,
    before: usedSchema,
    after: usedSchema,
  }),
});

const httpRowSchema = z.strictObject({
  route: z.string(),
  connections: count,
  requests: count,
  requests_per_s: positive,
  p50_ms: positive,
  p99_ms: positive,
});

/** /embed over several connections, with one image or with images that all differ. */
const cacheRowSchema = z.strictObject({
  images: z.enum(["one", "different"]),
  /** Whether the Worker keeps embeddings. */
  cache: z.enum(["off", "on"]),
  connections: count,
  /** Requests per round. The figures are medians over the rounds. */
  requests: count,
  rounds: count,
  requests_per_s: positive,
  p50_ms: positive,
  p99_ms: positive,
});

const httpSchema = z.strictObject({
  /** Without the cache of embeddings. */
  routes: z.array(httpRowSchema),
  cache: z.array(cacheRowSchema),
});

/** From an image's file to the pixels that a network reads, inside workerd. */
const intakeRowSchema = z.strictObject({
  /** Its size, as "500x375". */
  image: z.string(),
  format: z.string(),
  pixels: count,
  /** Side of the network's square input, in pixels. */
  target: count,
  /** Milliseconds per image. */
  ms: positive,
  /** By the former decoders and resampler; null if their bitmap does not fit into an isolate. */
  before_ms: positive.nullable(),
  /** ms / before_ms */
  ratio: positive.nullable(),
  /** The most that the first such image adds to workerd's resident memory; null without /proc. */
  peak_bytes: count.nullable(),
});

/** What a backbone with random weights costs. */
const backboneRowSchema = z.strictObject({
  network: z.string(),
  /** Numbers of the network, with the layer of the embedding. */
  parameters: count,
  /** Without float32 where the network does not fit into an isolate in it. */
  rows: z.array(
    z.strictObject({
      precision: z.enum(["int8", "float32"]),
      /** Of weights.safetensors. */
      package_bytes: count,
      /** Milliseconds of processor time per image; those that pass where the system has no /proc. */
      ms: positive,
      /** The memories of the engine, with the heap of tfjs. */
      wasm_bytes: count,
      /** The most that workerd's resident memory grows by until the first answer; null without /proc. */
      opening_bytes: count.nullable(),
      /** The same while later answers are computed. */
      answering_bytes: count.nullable(),
    }),
  ),
  /** In which it trains. */
  backend: z.string(),
  /** Of a step of fine-tuning with the defaults of --init; null if it does not fit into memory. */
  training_images_per_s: positive.nullable(),
});

/** Searches of a collection inside workerd. */
const searchRowSchema = z.strictObject({
  vectors: count,
  dimensions: count,
  shards: count,
  top_k: count,
  /** The share of items that a filter lets through, or "none". */
  filter: z.string(),
  /** Milliseconds per search: the scan, and float32 of the candidates. */
  ms: positive,
  /** A loop in JavaScript over float32; null where the vectors would not fit into an isolate. */
  js_ms: positive.nullable(),
  /** js_ms / ms */
  ratio: positive.nullable(),
  /** Of the ten best by float32, how many are among the ten found. */
  recall_at_10: z.number().min(0).max(1).nullable(),
  /** The first search of a fresh isolate, without what a later one takes. */
  load_ms: z.number().nullable(),
  /** Vectors written per second, 100 at a time. */
  writes_per_s: positive.nullable(),
});

/** Searches over HTTP, alone and while others write. */
const searchLoadSchema = z.strictObject({
  vectors: count,
  p50_ms: positive,
  p99_ms: positive,
  writing_p50_ms: positive,
  writing_p99_ms: positive,
  /** Of the p99s. */
  ratio: positive,
  writes_per_s: positive,
});

export type BackboneRow = z.infer<typeof backboneRowSchema>;
export type SearchRow = z.infer<typeof searchRowSchema>;
export type SearchLoad = z.infer<typeof searchLoadSchema>;
export type IntakeRow = z.infer<typeof intakeRowSchema>;
export type ColdRow = z.infer<typeof coldRowSchema>;
export type MemoryUse = z.infer<typeof usedSchema>;
export type Memory = z.infer<typeof memorySchema>;
export type HttpRow = z.infer<typeof httpRowSchema>;
export type CacheRow = z.infer<typeof cacheRowSchema>;
export type Http = z.infer<typeof httpSchema>;

/** Requests of training workers to the registry, from all of them at once. The figures are medians over rounds. */
const jobsRowSchema = z.strictObject({
  what: z.enum(["claim", "heartbeat"]),
  workers: count,
  /** Requests per round. */
  requests: count,
  requests_per_s: positive,
  p50_ms: positive,
  p99_ms: positive,
  /** CPU time per request, in milliseconds: of workerd, null without /proc, and of the client. */
  server_ms: ms.nullable(),
  client_ms: ms,
});

/** What a job waits for before it trains, in seconds: medians over rounds. */
const datasetRowSchema = z.strictObject({
  images: count,
  bytes: count,
  /** From the registry to the folder that is read, and again. */
  cold_s: positive,
  warm_s: positive,
  /** Reading and decoding all images of that folder, and of the one that was pushed. */
  read_fetched_s: positive,
  read_local_s: positive,
});

export type DatasetRow = z.infer<typeof datasetRowSchema>;

export type JobsRow = z.infer<typeof jobsRowSchema>;

export const reportSchema = z.strictObject({
  machine: z.strictObject({
    cpu: z.string(),
    cores: count,
    node: z.string(),
    workerd: z.string(),
  }),
  embed: z.array(embedRowSchema).optional(),
  similarity: z.array(similarityRowSchema).optional(),
  intake: z.array(intakeRowSchema).optional(),
  cold: z.array(coldRowSchema).optional(),
  search: z.array(searchRowSchema).optional(),
  search_load: searchLoadSchema.optional(),
  memory: memorySchema.optional(),
  http: httpSchema.optional(),
  jobs: z.array(jobsRowSchema).optional(),
  dataset: datasetRowSchema.optional(),
  backbones: z.array(backboneRowSchema).optional(),
});

export type Report = z.infer<typeof reportSchema>;

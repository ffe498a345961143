import { mib, table } from "../measure/table.ts";
import type { Report } from "./report.ts";

/** A report as text, with one table per part. */

const ms = (value: number | null) => (value === null ? "-" : value.toFixed(value < 10 ? 2 : 1));
const percent = (share: number) => `${Math.round(100 * share)} %`;
const megabytes = (bytes: number | null) => (bytes === null ? "-" : (bytes / 1e6).toFixed(1));
const whole = (value: number) => Math.round(value).toLocaleString("en");

const PARTS: ((report: Report) => string | undefined)[] = [
  ({ embed }) =>
    embed &&
    table(
      "Embedding, ms per image (onnxruntime-web in Node, the others in workerd; peak: SIMD, relaxed)",
      ["", "in", "engine", "tfjs", "ort", "GFLOP/s", "of peak", "peak", "cosine"],
      embed.map((row) => [
        row.network,
        row.precision,
        ms(row.engine_ms),
        ms(row.tfjs_ms),
        ms(row.ort_ms),
        row.engine_gflops.toFixed(1),
        percent(row.peak_share),
        `${row.peak_gflops.toFixed(1)}, ${row.relaxed_peak_gflops.toFixed(1)}`,
        row.cosine.toFixed(6),
      ]),
    ),
  ({ similarity }) =>
    similarity &&
    table(
      "Similarity, pairs per second (embedding and unit 128 wide)",
      ["", "engine", "tfjs", "ratio"],
      similarity.map((row) => [
        row.shape,
        whole(row.engine_pairs_per_s),
        whole(row.tfjs_pairs_per_s),
        row.ratio.toFixed(1),
      ]),
    ),
  ({ intake }) =>
    intake &&
    table(
      "Intake, ms from an image's file to the network's pixels (before: @jsquash and JavaScript)",
      ["", "format", "input", "ms", "before", "ratio", "peak, MiB"],
      intake.map((row) => [
        row.image,
        row.format,
        String(row.target),
        ms(row.ms),
        ms(row.before_ms),
        row.ratio?.toFixed(3) ?? "-",
        mib(row.peak_bytes),
      ]),
    ),
  ({ search }) =>
    search &&
    table(
      "Search, ms in workerd (JavaScript: a loop over float32; load: the first search of an isolate)",
      ["vectors", "shards", "filter", "ms", "JavaScript", "ratio", "recall@10", "load", "writes/s"],
      search.map((row) => [
        `${whole(row.vectors)} x ${row.dimensions}`,
        String(row.shards),
        row.filter,
        ms(row.ms),
        ms(row.js_ms),
        row.ratio?.toFixed(1) ?? "-",
        row.recall_at_10?.toFixed(3) ?? "-",
        ms(row.load_ms),
        row.writes_per_s === null ? "-" : whole(row.writes_per_s),
      ]),
    ),
  ({ search_load: load }) =>
    load &&
    table(
      "Searches over HTTP, alone and while others write 100 vectors at a time, ms",
      ["vectors", "p50", "p99", "p50, writing", "p99, writing", "ratio of p99", "writes/s"],
      [
        [
          whole(load.vectors),
          ...[load.p50_ms, load.p99_ms, load.writing_p50_ms, load.writing_p99_ms].map(ms),
          load.ratio.toFixed(2),
          whole(load.writes_per_s),
        ],
      ],
    ),
  ({ cold }) =>
    cold &&
    table(
      "Cold start, ms (first /embed: all steps through the API Worker, with the start of the isolate)",
      ["", "KiB", "wasm", "R2", "hash", "dequantize", "upload", "inference", "first /embed"],
      cold.map((row) => [
        row.network,
        whole(row.package_bytes / 1024),
        ...[row.wasm_ms, row.read_ms, row.hash_ms, row.dequantize_ms, row.upload_ms].map(ms),
        ms(row.first_inference_ms),
        ms(row.first_embed_ms),
      ]),
    ),
  ({ memory }) =>
    memory &&
    table(
      "Memory, MiB (workerd: resident, with the runtime)",
      ["", "wasm heap", "JS heap", "workerd"],
      [
        ...memory.networks.map((row) => ({ title: row.network, ...row })),
        { title: `${memory.requests.network}, before`, ...memory.requests.before },
        {
          title: `${memory.requests.network}, after ${whole(memory.requests.requests)} requests`,
          ...memory.requests.after,
        },
      ].map((row) => [row.title, mib(row.wasm_bytes), mib(row.js_bytes), mib(row.process_bytes)]),
    ),
  ({ http }) =>
    http &&
    table(
      "HTTP without the cache (/embed: a JPEG of 500x375; /similarity: 100 embeddings), ms",
      ["", "connections", "requests/s", "p50", "p99"],
      http.routes.map((row) => [
        row.route,
        String(row.connections),
        row.requests_per_s.toFixed(0),
        ms(row.p50_ms),
        ms(row.p99_ms),
      ]),
    ),
  ({ http }) =>
    http &&
    table(
      "HTTP with and without the cache of embeddings (/embed: a JPEG of 500x375), ms",
      ["", "cache", "connections", "requests/s", "p50", "p99"],
      http.cache.map((row) => [
        row.images === "one" ? "one image" : "all different",
        row.cache,
        String(row.connections),
        row.requests_per_s.toFixed(0),
        ms(row.p50_ms),
        ms(row.p99_ms),
      ]),
    ),
  ({ jobs }) =>
    jobs &&
    table(
      "Jobs: requests of 50 workers at once, ms (CPU time per request: of workerd, of the client)",
      ["", "requests/s", "p50", "p99", "CPU, workerd", "CPU, client"],
      jobs.map((row) => [
        row.what,
        row.requests_per_s.toFixed(0),
        ms(row.p50_ms),
        ms(row.p99_ms),
        ms(row.server_ms),
        ms(row.client_ms),
      ]),
    ),
  ({ dataset }) =>
    dataset &&
    table(
      `Data set of ${whole(dataset.images)} images, ${(dataset.bytes / 1e6).toFixed(0)} MB: before a job trains, seconds`,
      ["fetched, cold", "fetched, warm", "read after that", "read from the local folder"],
      [
        [dataset.cold_s, dataset.warm_s, dataset.read_fetched_s, dataset.read_local_s].map(
          (seconds) => seconds.toFixed(2),
        ),
      ],
    ),
  ({ backbones }) =>
    backbones &&
    table(
      "Backbones with random weights (ms of processor time; MB; training: fine-tuning at 128 pixels)",
      ["", "in", "parameters", "package", "ms", "wasm", "opening", "answering", "trains, images/s"],
      backbones.flatMap(({ network, parameters, rows, backend, training_images_per_s }) =>
        rows.map((row, i) => [
          i === 0 ? network : "",
          row.precision,
          i === 0 ? `${(parameters / 1e6).toFixed(2)} M` : "",
          megabytes(row.package_bytes),
          ms(row.ms),
          megabytes(row.wasm_bytes),
          megabytes(row.opening_bytes),
          megabytes(row.answering_bytes),
          i === 0 ? `${training_images_per_s?.toFixed(1) ?? "-"} ${backend}` : "",
        ]),
      ),
    ),
];

export function tables(report: Report): string {
  const { cpu, cores, node, workerd } = report.machine;
  const machine = `${cpu}, ${cores} cores, Node ${node}, workerd ${workerd}`;
  const parts = PARTS.flatMap((part) => part(report) ?? []);
  return [machine, ...parts].join("\n\n");
}

/** onnxruntime-web in a process of its own: its WebAssembly build on one thread, in Node. */
import { readFile } from "node:fs/promises";
import { testPixels } from "../../../workers/bench/data.ts";
import { ONNX_INPUT, ONNX_OUTPUT } from "./onnx/network.ts";
import { importOrt } from "./onnx/runtime.ts";
import { type OrtReply, type OrtRequest, requestSchema } from "./ortMessages.ts";

/** Embeds the test image with the loaded model. */
let embed: (() => Promise<Float32Array>) | undefined;

async function load({ model, size }: Extract<OrtRequest, { kind: "load" }>): Promise<OrtReply> {
  const ort = await importOrt();
  if (!ort) return { kind: "missing" };
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(new Uint8Array(await readFile(model)));
  const pixels = testPixels(size);
  const shape = [1, size.height, size.width, 3];
  embed = async () => {
    const input = new ort.Tensor("float32", Float32Array.from(pixels), shape);
    return (await session.run({ [ONNX_INPUT]: input }))[ONNX_OUTPUT]!.data;
  };
  return { kind: "ready" };
}

async function answer(request: OrtRequest): Promise<OrtReply> {
  if (request.kind === "load") return load(request);
  if (!embed) throw new Error("no model is loaded");
  const started = performance.now();
  let embedding = new Float32Array();
  for (let i = 0; i < request.runs; i++) embedding = new Float32Array(await embed());
  return { kind: "ran", ms: performance.now() - started, embedding: Array.from(embedding) };
}

const reply = (message: OrtReply) => process.send?.(message);

process.on("message", (message) => {
  answer(requestSchema.parse(message)).then(reply, (error: unknown) => {
    reply({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  });
});
// The benchmark has ended or crashed.
process.on("disconnect", () => process.exit());

import { applyLoad } from "./load.ts";
import { type BenchNetwork, drawNetwork, NETWORKS, pack, QUICK } from "./networks.ts";
import { embedQuestion, similarityQuestion } from "./questions.ts";
import { usedHeap } from "../measure/inspector.ts";
import { residentBytes } from "../measure/resident.ts";
import type { Memory, MemoryUse } from "./report.ts";
import type { Stage } from "./stage.ts";
import type { BenchWorker, PackageId } from "./worker.ts";

const WARM_UP_RUNS = 10;
const CANDIDATES = 10;
const CONNECTIONS = 4;
/** V8 collects garbage at any time, so the least of this many readings is closest to what is in use. */
const READINGS = 20;

/** Reads the memory in use while the Worker goes on working. */
async function readMemory(worker: BenchWorker, work: () => Promise<unknown>): Promise<MemoryUse> {
  let js = Infinity;
  for (let i = 0; i < READINGS; i++) {
    await work();
    js = Math.min(js, await usedHeap(await worker.inspectorUrl()));
  }
  const { wasmBytes = 0 } = (await worker.ask({ task: "memory" })).answer;
  return { wasm_bytes: wasmBytes, js_bytes: js, process_bytes: residentBytes() };
}

/** Runs `action` with a network that is loaded and warm in a fresh isolate. */
async function withWarm<T>(
  stage: Stage,
  network: BenchNetwork,
  action: (worker: BenchWorker, id: PackageId) => Promise<T>,
): Promise<T> {
  stage.say(`memory: ${network.title}`);
  const files = await pack(await drawNetwork(network), "int8");
  const id = await stage.publish(files);
  const warm = async (worker: BenchWorker) => {
    await worker.ask({ task: "embed", subject: "engine", ...id, runs: WARM_UP_RUNS });
    return action(worker, id);
  };
  return stage.withWorker(warm, { inspect: true });
}

/** Measures the memory before and after many requests to the routes of the API. */
async function measureRequests(stage: Stage): Promise<Memory["requests"]> {
  const network = QUICK;
  const { size, dimensions } = network.config;
  return withWarm(stage, network, async (worker) => {
    const questions = [
      await embedQuestion(size, size),
      similarityQuestion(CANDIDATES, dimensions),
    ].map((question) => ({ ...question, route: `${question.route}?model=${network.name}` }));
    const { signal } = stage;
    const requests = stage.quick ? 50 : 5000;
    const ask = async (requests: number) => {
      for (const question of questions) {
        await applyLoad(worker.url, question, { requests, connections: CONNECTIONS, signal });
      }
    };
    await ask(requests / 10);
    const before = await readMemory(worker, () => ask(requests / 50));
    stage.say(`memory: ${questions.length * requests} requests`);
    await ask(requests);
    const after = await readMemory(worker, () => ask(requests / 50));
    return { network: network.title, requests: questions.length * requests, before, after };
  });
}

/** Measures the memory in use with each network, as an int8 package, warm and alone in its isolate. */
export async function measureMemory(stage: Stage): Promise<Memory> {
  const networks: Memory["networks"] = [];
  for (const network of stage.quick ? [QUICK] : NETWORKS) {
    const use = await withWarm(stage, network, (worker, id) =>
      readMemory(worker, () => worker.ask({ task: "embed", subject: "engine", ...id, runs: 1 })),
    );
    networks.push({ network: network.title, ...use });
  }
  return { networks, requests: await measureRequests(stage) };
}

import api from "../api/index.ts";
import { settingsSchema } from "../api/env.ts";
import { heapMemory } from "../api/engine/pddm/heap.ts";
import { runColdStep } from "./cold.ts";
import { testPixels } from "./data.ts";
import { runIntake } from "./intake.ts";
import { runPeak } from "./peak/open.ts";
import {
  type Answer,
  OBJECTS_PATH,
  PIXELS_STEP,
  SCORES_ANSWERED,
  type Task,
  taskSchema,
} from "./protocol.ts";
import { runSearch } from "./search.ts";
import { openScorer } from "./score.ts";
import { openModel, ownBytes } from "./subjects.ts";

async function run(task: Task, bucket: R2Bucket, env: unknown): Promise<Answer> {
  switch (task.task) {
    case "search":
      return { values: await runSearch(env, task) };
    case "nothing":
      return {};
    case "memory":
      return { wasmBytes: heapMemory().buffer.byteLength + (await ownBytes()) };
    case "peak":
      runPeak(task.build, task.runs);
      return {};
    case "embed": {
      const model = await openModel(task.subject, bucket, task);
      const pixels = testPixels(model.manifest.input);
      let embedding: Float32Array = new Float32Array();
      for (let i = 0; i < task.runs; i++) embedding = model.embed(pixels);
      return { values: Array.from(embedding) };
    }
    case "score": {
      const score = await openScorer(task.subject, bucket, task, task.shape);
      let scores: Float32Array = new Float32Array();
      for (let i = 0; i < task.runs; i++) scores = score();
      return { values: Array.from(scores.subarray(0, SCORES_ANSWERED)) };
    }
    case "intake": {
      const pixels = await runIntake(bucket, task);
      return { values: Array.from(pixels.filter((_, i) => i % PIXELS_STEP === 0)) };
    }
    case "cold":
      await runColdStep(task.step, bucket, task);
      return {};
  }
}

/** The API Worker, with the tasks of the benchmark in the same isolate. */
export default {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    const { MODELS } = settingsSchema.parse(env);
    if (request.method === "PUT" && pathname.startsWith(OBJECTS_PATH)) {
      await MODELS.put(pathname.slice(OBJECTS_PATH.length), await request.arrayBuffer());
      return new Response(null, { status: 204 });
    }
    if (pathname !== "/bench") return api.fetch(request, env, context);
    return Response.json(await run(taskSchema.parse(await request.json()), MODELS, env));
  },
} satisfies ExportedHandler<object>;

/** The program of a thread of pool.ts: makes the requested views, one task after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { TRANSFORMS } from "../transforms/transforms.ts";
import { viewPixels } from "../inputs/pixels.ts";
import { seededRandom } from "../../random.ts";
import { materialSchema, taskSchema } from "./messages.ts";

const { augment, ...pictures } = materialSchema.parse(workerData);

parentPort?.on("message", (message) => {
  const { id, items, seed } = taskSchema.parse(message);
  const pixels = viewPixels(pictures, items, TRANSFORMS[augment], seededRandom(...seed));
  parentPort?.postMessage({ id, pixels }, [pixels.buffer]);
});

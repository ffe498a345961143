import { fileURLToPath } from "node:url";
import * as z from "zod";
import { ask } from "../ask.ts";
import { BackendError } from "../error.ts";
import { DRIVER } from "./adapter.ts";

const SCRIPT = fileURLToPath(new URL("process.ts", import.meta.url));
const PATIENCE_MINUTES = 1;

const answerSchema = z.union([
  z.object({ name: z.string(), software: z.boolean() }),
  z.object({ reason: z.string() }),
]);

/** What process.ts tells. */
export type Answer = z.infer<typeof answerSchema>;

/**
 * Makes sure that WebGPU would compute on a GPU. It looks in a process of its own: where there is
 * none, the native library warns at length on standard error, and a broken driver may take it down.
 *
 * @throws BackendError where it would not, with the remedy
 */
export async function requireGpu(): Promise<void> {
  const { told, end } = await ask(SCRIPT, [], PATIENCE_MINUTES);
  const answer = answerSchema.safeParse(told);
  if (!answer.success) {
    throw new BackendError(`WebGPU: the process that looks for a GPU ends with ${end}. ${DRIVER}`);
  }
  if ("reason" in answer.data) throw new BackendError(answer.data.reason);
  if (answer.data.software) {
    throw new BackendError(
      `WebGPU: there is no GPU, only software, ${answer.data.name}, which --backend webgpu takes. ${DRIVER}`,
    );
  }
}

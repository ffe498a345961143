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

/** The message of process.ts. */
export type Answer = z.infer<typeof answerSchema>;

/**
 * Makes sure that WebGPU would compute on a GPU. It checks in its own process, because the native library prints
 * long warnings without a GPU and a broken driver may crash it.
 *
 * @throws BackendError with the remedy if there is no GPU
 */
export async function requireGpu(): Promise<void> {
  const { told, end } = await ask(SCRIPT, [], PATIENCE_MINUTES);
  const answer = answerSchema.safeParse(told);
  if (!answer.success) {
    throw new BackendError(`WebGPU: the process that looks for a GPU ended with ${end}. ${DRIVER}`);
  }
  if ("reason" in answer.data) throw new BackendError(answer.data.reason);
  if (answer.data.software) {
    throw new BackendError(
      `WebGPU: there is no GPU, only the software ${answer.data.name}, which --backend webgpu would use. ${DRIVER}`,
    );
  }
}

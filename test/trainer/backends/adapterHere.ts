import { BackendError } from "../../../trainer/backends/error.ts";
import { type Adapter, findAdapter } from "../../../trainer/backends/webgpu/adapter.ts";

/** The WebGPU adapter of this machine, if there is one, and words on it for a test's title. */
export async function adapterHere(): Promise<{ adapter: Adapter | null; title: string }> {
  try {
    const { adapter } = await findAdapter();
    return { adapter, title: `(on ${adapter.name})` };
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return { adapter: null, title: `(not checked: ${error.message})` };
  }
}

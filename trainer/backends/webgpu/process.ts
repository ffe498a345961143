/** The process that looks for an adapter for gpu.ts. */
import { BackendError } from "../error.ts";
import { findAdapter } from "./adapter.ts";
import type { Answer } from "./gpu.ts";

async function look(): Promise<Answer> {
  try {
    const { adapter } = await findAdapter();
    return { name: adapter.name, software: adapter.software };
  } catch (error) {
    if (error instanceof BackendError) return { reason: error.message };
    throw error;
  }
}

// A native library may keep the process alive.
process.send?.(await look(), () => process.exit());

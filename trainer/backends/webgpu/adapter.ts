/** The adapter of WebGPU: a GPU, or a driver that computes on the CPU. */
import { BackendError } from "../error.ts";
import { importOptional } from "../optional.ts";

/** Dawn, Chromium's WebGPU, with its native library. It is an optional dependency. */
const PACKAGE = "webgpu";

/** What to do if the package is missing or does not load. */
export const INSTALL =
  "Install it with `npm ci --include=optional` (Linux with glibc, macOS or Windows; x64 or arm64).";

const DRIVERS: Partial<Record<NodeJS.Platform, string>> = {
  linux:
    "Install libvulkan1 and the Vulkan driver of the GPU, or, to compute on the CPU, Mesa's " +
    "(Debian: mesa-vulkan-drivers of bookworm-backports; bookworm's own 22.3 is too old).",
};

/** What to do if no GPU is found, or it does not compute. */
export const DRIVER =
  DRIVERS[process.platform] ??
  "It needs a GPU with a current driver (Metal, Direct3D 12 or Vulkan).";

/** An adapter of the package. Its own types cannot be used, because the package may be missing. */
interface GpuAdapter {
  info: {
    vendor: string;
    architecture: string;
    device: string;
    description: string;
    isFallbackAdapter?: boolean;
  };
  limits: { maxBufferSize: number; maxStorageBufferBindingSize: number };
}

/** The value of `navigator.gpu` that the package makes. */
interface Gpu {
  requestAdapter(options: { powerPreference: string }): Promise<GpuAdapter | null>;
}

interface Dawn {
  create(this: void, options: string[]): Gpu;
  /** Classes and constants that are globals in a browser. */
  globals: object;
}

/** A description of an adapter. */
export interface Adapter {
  /** Device and driver. */
  name: string;
  /** Whether it computes on the CPU. */
  software: boolean;
  /** Limit for one tensor, in bytes. */
  tensorLimit: number;
}

/**
 * Finds the adapter that tfjs would use, and the globals that tfjs needs.
 *
 * @throws BackendError with the remedy if there is none
 */
export async function findAdapter(): Promise<{ adapter: Adapter; gpu: Gpu; globals: object }> {
  const { create, globals } = (await importOptional(PACKAGE, "WebGPU", INSTALL)) as Dawn;
  const gpu = create([]);
  const found = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!found) throw new BackendError(`WebGPU: there is no adapter. ${DRIVER}`);
  return { adapter: describe(found), gpu, globals };
}

function describe({ info, limits }: GpuAdapter): Adapter {
  const device = info.device.replace(/-+$/, "") || `${info.vendor} ${info.architecture}`;
  return {
    name: `${device} (${info.description})`,
    software: info.isFallbackAdapter ?? false,
    tensorLimit: Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize),
  };
}

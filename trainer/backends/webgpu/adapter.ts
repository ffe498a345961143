/** What WebGPU computes on: the GPU, or a driver that stands in for one on the CPU. */
import { BackendError } from "../error.ts";
import { importOptional } from "../optional.ts";

/** Dawn, Chromium's WebGPU, with its native library. An optional dependency. */
const PACKAGE = "webgpu";

/** What to do where a package is absent or does not load. */
export const INSTALL =
  "Install it with `npm ci --include=optional` (Linux with glibc, macOS or Windows; x64 or arm64).";

const DRIVERS: Partial<Record<NodeJS.Platform, string>> = {
  linux:
    "Install libvulkan1 and the Vulkan driver of the GPU, or, to compute on the CPU, Mesa's " +
    "(Debian: mesa-vulkan-drivers of bookworm-backports; bookworm's own 22.3 is too old).",
};

/** What to do where there is no GPU to be found, or it does not compute. */
export const DRIVER =
  DRIVERS[process.platform] ??
  "It takes a GPU with a current driver (Metal, Direct3D 12 or Vulkan).";

/** What the package calls an adapter; its own types come with it, and may be absent as it may. */
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

/** What the package gives as `navigator.gpu`. */
interface Gpu {
  requestAdapter(options: { powerPreference: string }): Promise<GpuAdapter | null>;
}

interface Dawn {
  create(this: void, options: string[]): Gpu;
  /** Classes and constants that a browser has as globals. */
  globals: object;
}

/** An adapter, in words and numbers. */
export interface Adapter {
  /** Device and driver. */
  name: string;
  /** Whether it computes on the CPU. */
  software: boolean;
  /** The most that one tensor may take, in bytes. */
  tensorLimit: number;
}

/**
 * Looks for the adapter that tfjs would take, with what tfjs looks for among the globals.
 *
 * @throws BackendError where there is none, with the remedy
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

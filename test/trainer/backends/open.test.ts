import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { openBackend } from "../../../trainer/backends/open.ts";
import { Command, ROOT } from "../../scripts/command.ts";
import { nodeArgs } from "../../scripts/optionalPackages.ts";
import { adapterHere } from "./adapterHere.ts";

const DOOR = pathToFileURL(join(inject("commands"), "open.mjs")).href;

/** Opens one backend after the other, and prints what came of each as JSON. */
const program = (choices: string[]) => `
  import(${JSON.stringify(DOOR)}).then(async ({ openBackend }) => {
    const outcomes = [];
    for (const choice of ${JSON.stringify(choices)}) {
      const lines = [];
      const opened = await openBackend(choice, (line) => lines.push(line)).then(
        (backend) => ({ backend }),
        ({ name, message }) => ({ error: { name, message } }),
      );
      outcomes.push({ ...opened, lines });
    }
    console.log(JSON.stringify(outcomes));
  });`;

const outcomesSchema = z.array(
  z.object({
    backend: z.string().optional(),
    error: z.object({ name: z.string(), message: z.string() }).optional(),
    lines: z.array(z.string()),
  }),
);

async function openIn(
  args: string[],
  choices: string[],
  environment: Record<string, string> = {},
): Promise<z.infer<typeof outcomesSchema>> {
  const node = [...args, "-e", program(choices)];
  const { code, stdout, stderr } = await new Command(node, ROOT, environment).ended;
  const line = stdout.trim().split("\n").pop();
  if (!line) throw new Error(stderr);
  expect(code).toBe(0);
  return outcomesSchema.parse(JSON.parse(line));
}

const BUILD = "Build it with `npm run setup-cuda -- --libtensorflow <folder>` (any TensorFlow 2).";
const INSTALL =
  "Install it with `npm ci --include=optional` (Linux with glibc, macOS or Windows; x64 or arm64).";
const SHARED_OBJECT =
  "is installed but does not load: libcudart.so.11.0: cannot open shared object file: No such file or directory.";

/** Where Vulkan finds no driver, whatever this machine has; elsewhere a GPU has no driver to lack. */
const NO_DRIVER = { VK_DRIVER_FILES: "/nowhere", VK_ICD_FILENAMES: "/nowhere" };
const ON_LINUX = process.platform === "linux";

interface Fault {
  title: string;
  args: string[];
  environment?: Record<string, string>;
  cuda: string;
  webgpu: string;
}

const faults: Fault[] = [
  {
    title: "packages that are not installed",
    args: nodeArgs({ cuda: "missing", webgpu: "missing" }),
    cuda: `CUDA: @tensorflow/tfjs-node-gpu is not installed. ${BUILD}`,
    webgpu: `WebGPU: webgpu is not installed. ${INSTALL}`,
  },
  {
    title: "packages whose libraries are not there",
    args: nodeArgs({ cuda: "broken", webgpu: "broken" }),
    cuda: `CUDA: @tensorflow/tfjs-node-gpu ${SHARED_OBJECT} ${BUILD}`,
    webgpu: `WebGPU: webgpu ${SHARED_OBJECT} ${INSTALL}`,
  },
  {
    title: "a Node that one does not know, and no driver for the other",
    args: nodeArgs({ ...(!ON_LINUX && { webgpu: "missing" }) }, "23.1.0"),
    environment: NO_DRIVER,
    cuda: "CUDA: @tensorflow/tfjs-node-gpu does not run on Node 23; use Node 22.",
    webgpu: ON_LINUX
      ? "WebGPU: there is no adapter. Install libvulkan1 and the Vulkan driver of the GPU, or, to compute " +
        "on the CPU, Mesa's (Debian: mesa-vulkan-drivers of bookworm-backports; bookworm's own 22.3 is too old)."
      : `WebGPU: webgpu is not installed. ${INSTALL}`,
  },
];

const { adapter, title } = await adapterHere();

describe("openBackend", () => {
  it("opens wasm without a word", async () => {
    const lines: string[] = [];
    expect(await openBackend("wasm", (line) => lines.push(line))).toBe("wasm");
    expect(tf.getBackend()).toBe("wasm");
    expect(lines).toEqual([]);
  });

  it.each(faults)(
    "refuses with the remedy, or falls back to wasm saying why, for $title",
    async ({ args, environment, cuda, webgpu }) => {
      const refusal = (message: string) => ({
        error: { name: "BackendError", message },
        lines: [],
      });
      expect(await openIn(args, ["cuda", "webgpu", "auto", "wasm"], environment)).toEqual([
        refusal(cuda),
        refusal(webgpu),
        { backend: "wasm", lines: [cuda, webgpu, "WebAssembly on one thread of the CPU."] },
        { backend: "wasm", lines: [] },
      ]);
    },
  );

  it("takes TensorFlow rather than WebAssembly, be it on the CPU, where WebGPU has no GPU", async ({
    skip,
  }) => {
    const [{ backend, lines }] = await openIn(nodeArgs({ webgpu: "missing" }), ["auto"]);
    skip(lines[0].startsWith("CUDA: "), "TensorFlow does not open here");
    expect(backend).toBe("cuda");
  });

  it("passes over a GPU driver that takes its process down", async () => {
    const args = nodeArgs({ cuda: "missing", webgpu: "deadly" });
    const [{ backend, lines }] = await openIn(args, ["auto"]);
    expect(backend).toBe("wasm");
    expect(lines[1]).toMatch(/^WebGPU: the process that looks for a GPU ended with SIGSEGV/);
  });

  it.skipIf(!adapter)(`takes WebGPU by itself only where it is a GPU ${title}`, async () => {
    if (!adapter) return;
    const [auto, asked] = await openIn(nodeArgs({ cuda: "missing" }), ["auto", "webgpu"]);
    const { name, software } = adapter;
    expect(asked).toEqual({
      backend: "webgpu",
      lines: [`WebGPU on ${name}${software ? ", which is software: it computes on the CPU" : ""}.`],
    });
    if (software) {
      expect(auto.backend).toBe("wasm");
      expect(auto.lines[1]).toContain(
        `there is no GPU, only the software ${name}, which --backend webgpu would use.`,
      );
    } else {
      expect(auto).toEqual({ backend: "webgpu", lines: [expect.any(String), asked.lines[0]] });
    }
  });
});

import { pathToFileURL } from "node:url";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openBackend } from "../../../trainer/backends/open.ts";
import { Command, ROOT } from "../../scripts/command.ts";
import { nodeArgs } from "../../scripts/cudaPackage.ts";

const DOOR = pathToFileURL(join(ROOT, "trainer/backends/open.ts")).href;

/** Opens a backend, and prints what came of it as JSON. */
const program = (choice: string) => `
  import { openBackend } from ${JSON.stringify(DOOR)};
  const lines = [];
  const opened = await openBackend(${JSON.stringify(choice)}, (line) => lines.push(line)).then(
    (backend) => ({ backend }),
    ({ name, message }) => ({ error: { name, message } }),
  );
  console.log(JSON.stringify({ ...opened, lines }));`;

const outcomeSchema = z.object({
  backend: z.string().optional(),
  error: z.object({ name: z.string(), message: z.string() }).optional(),
  lines: z.array(z.string()),
});

async function openIn(args: string[], choice: string): Promise<z.infer<typeof outcomeSchema>> {
  const node = [...args, "--input-type=module", "-e", program(choice)];
  const { stdout, stderr } = await new Command(node, ROOT).ended;
  const line = stdout.trim().split("\n").pop();
  if (!line) throw new Error(stderr);
  return outcomeSchema.parse(JSON.parse(line));
}

const REMEDY = "Build it with `npm run setup:cuda -- --libtensorflow <folder>` (any TensorFlow 2).";

/** What is wrong, and what is said of it. */
const faults: [string, string[], string][] = [
  [
    "a package that is not installed",
    nodeArgs("missing"),
    `CUDA: @tensorflow/tfjs-node-gpu is not installed. ${REMEDY}`,
  ],
  [
    "a package whose libraries are not there",
    nodeArgs("broken"),
    "CUDA: @tensorflow/tfjs-node-gpu is installed but does not load: libcudart.so.11.0: cannot " +
      `open shared object file: No such file or directory. ${REMEDY}`,
  ],
  [
    "a Node that the package does not know",
    nodeArgs("missing", "23.1.0"),
    "CUDA: @tensorflow/tfjs-node-gpu does not run on Node 23; use Node 22.",
  ],
];

describe("openBackend", () => {
  it("opens wasm without a word", async () => {
    const lines: string[] = [];
    expect(await openBackend("wasm", (line) => lines.push(line))).toBe("wasm");
    expect(tf.getBackend()).toBe("wasm");
    expect(lines).toEqual([]);
  });

  it.each(faults)("refuses cuda for %s, with the remedy", async (_, args, message) => {
    const error = { name: "BackendError", message };
    expect(await openIn(args, "cuda")).toEqual({ error, lines: [] });
  });

  it.each(faults)("falls back to wasm for %s, saying why in one line", async (_, args, message) => {
    const lines = [`${message} Training on WebAssembly.`];
    expect(await openIn(args, "auto")).toEqual({ backend: "wasm", lines });
  });

  it("opens wasm where cuda could not", async () => {
    expect(await openIn(nodeArgs("broken"), "wasm")).toEqual({ backend: "wasm", lines: [] });
  });
});

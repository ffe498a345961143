import { expect, it } from "vitest";
import { bundled, Command, ROOT } from "./command.ts";
import { nodeArgs } from "./optionalPackages.ts";

async function doctor(args: string[]): Promise<string> {
  const { code, stdout } = await new Command([...args, ...bundled("doctor")], ROOT).ended;
  expect(code).toBe(0);
  return stdout;
}

const WASM = /wasm +yes +tfjs [\d.]+ +CPU, SIMD, 1 thread +4 GiB +\d+ GFLOP\/s\n/;

it("says what runs, and how fast, and what the others lack", async () => {
  const printed = await doctor(nodeArgs({ cuda: "missing", webgpu: "missing" }, "22.1.2"));
  expect(printed).toContain("Node 22.1.2 on ");
  expect(printed).toMatch(WASM);
  expect(printed).toMatch(
    /cuda +no\n +webgpu +no\n\nCUDA: \S+ is not installed\. Build it .*\n\nWebGPU: webgpu is not installed\. Install it .*\n$/,
  );
});

it("outlives a native library that takes its process down", async () => {
  const printed = await doctor(nodeArgs({ cuda: "deadly", webgpu: "deadly" }));
  expect(printed).toMatch(WASM);
  expect(printed).toMatch(/\n\ncuda: the process that opens it ended with SIGSEGV.*\. Build it/);
  expect(printed).toMatch(/\n\nwebgpu: the process that opens it ended with SIGSEGV/);
});

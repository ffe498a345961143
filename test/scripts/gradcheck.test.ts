import { join } from "node:path";
import { expect, it } from "vitest";
import { Command, complaints, ROOT } from "./command.ts";
import { nodeArgs } from "./optionalPackages.ts";

// What it checks: test/trainer/gradcheck.

it("refuses a backend that cannot run, with the remedy", async () => {
  const script = join(ROOT, "scripts/gradcheck.ts");
  const args = [...nodeArgs({ cuda: "missing" }), script, "--backend", "cuda"];
  const { code, stdout, stderr } = await new Command(args, ROOT).ended;
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(complaints(stderr)).toEqual([
    expect.stringMatching(/^Error: CUDA: \S+ is not installed\. Build it with/),
  ]);
});

import { expect, it } from "vitest";
import { bundled, Command, complaints, ROOT } from "./command.ts";
import { nodeArgs } from "./optionalPackages.ts";

// What it checks: test/trainer/gradcheck.

it("refuses a backend that cannot run, with the remedy", async () => {
  const args = [...nodeArgs({ cuda: "missing" }), ...bundled("gradcheck"), "--backend", "cuda"];
  const { code, stdout, stderr } = await new Command(args, ROOT).ended;
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(complaints(stderr)).toEqual([
    expect.stringMatching(/^Error: CUDA: \S+ is not installed\. Build it with/),
  ]);
});

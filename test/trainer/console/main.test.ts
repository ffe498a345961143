import { describe, expect, it } from "vitest";
import { describeError } from "../../../trainer/console/main.ts";
import { UserError } from "../../../trainer/error.ts";

describe("an error", () => {
  it("of the user is one sentence", () => {
    expect(describeError(new UserError("port 1 is taken"))).toBe("Error: port 1 is taken");
  });

  it("of WebAssembly says what to do, and where it was", () => {
    const trap = new Error("memory access out of bounds");
    trap.name = "RuntimeError";
    const text = describeError(trap);
    expect(text).toMatch(/^Error: WebAssembly failed, .* 4 GiB: .*--classes-per-batch/);
    expect(text).toContain("memory access out of bounds");
    expect(text).toContain("main.test.ts");
  });

  it("of ours is shown with its stack, and anything else as it is", () => {
    expect(describeError(new Error("oops"))).toContain("main.test.ts");
    expect(describeError("oops")).toBe("oops");
  });
});

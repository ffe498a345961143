import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { describeError } from "../../../trainer/console/main.ts";
import { UserError } from "../../../trainer/error.ts";
import { complaints, type Output, ROOT, runNode, TSX } from "../../scripts/command.ts";

describe("an error", () => {
  it("of the user is one sentence", () => {
    expect(describeError(new UserError("port 1 is taken"))).toBe("Error: port 1 is taken");
  });

  it("of WebAssembly says what to do, and where it was", () => {
    const trap = new Error("memory access out of bounds");
    trap.name = "RuntimeError";
    const text = describeError(trap);
    expect(text).toMatch(/^Error: WebAssembly failed, .* 4 GiB .*--classes-per-batch/);
    expect(text).toContain("memory access out of bounds");
    expect(text).toContain("main.test.ts");
  });

  it("of the disk is one sentence", async () => {
    const error: unknown = await mkdir(join(fileURLToPath(import.meta.url), "runs")).catch(
      (reason: unknown) => reason,
    );
    expect(describeError(error)).toMatch(
      /^Error: a part of the path is a file, not a folder \(ENOTDIR: .*\)$/,
    );
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
    });
    expect(describeError(full)).toMatch(/^Error: the disk is full .*write\)$/);
  });

  it("of memory says what to do", () => {
    const text = describeError(new RangeError("Array buffer allocation failed"));
    expect(text).toMatch(/^Error: the system gave no more memory: use a smaller --size or fewer/);
    expect(text).toContain("main.test.ts");
  });

  it("of ours is shown with its stack, and anything else as it is", () => {
    expect(describeError(new Error("oops"))).toContain("main.test.ts");
    expect(describeError("oops")).toBe("oops");
  });
});

/** What a command does that runs a body of JavaScript as its main function. */
const run = (body: string): Promise<Output> =>
  runNode(
    `import { runMain } from "./trainer/console/main.ts"; await runMain(async () => {${body}});`,
  );

const FAULT = 'new Error("nobody waits")';
const LONG = "await new Promise((resolve) => setTimeout(resolve, 60_000));";

describe("a command", () => {
  it("whose work is done ends well", async () => {
    expect(await run('console.log("done");')).toMatchObject({ code: 0, stdout: "done\n" });
  });

  it("that waits for what never comes says so, and fails", async () => {
    const { code, stderr } = await run("await new Promise(() => undefined);");
    expect(code).toBe(1);
    expect(complaints(stderr)).toEqual([
      "Error: the command ended before its work was done, because an event that it waited for never came.",
    ]);
  });

  it("stops as at Ctrl-C where nobody reads what it prints", async () => {
    const body = `
      import { setTimeout } from "node:timers/promises";
      import { runMain } from "./trainer/console/main.ts";
      await runMain(async (signal) => {
        while (!signal.aborted) {
          console.log("a line");
          await setTimeout(5);
        }
      });`;
    const child = spawn(
      process.execPath,
      ["--import", TSX, "--input-type=module", "--eval", body],
      {
        cwd: ROOT,
      },
    );
    child.stdout.once("data", () => child.stdout.destroy());
    const stderr = text(child.stderr);
    expect(await once(child, "close")).toEqual([130, null]);
    expect(await stderr).toBe("");
  });

  it("fails at a throw that nobody waits for", async () => {
    const { code, stderr } = await run(`setTimeout(() => { throw ${FAULT}; }); ${LONG}`);
    expect(code).toBe(1);
    expect(complaints(stderr)[0]).toBe("Error: nobody waits");
  });

  it("fails at a rejection that nobody waits for, and prints none of tfjs's glue", async () => {
    const { code, stderr } = await run(
      `const { openBackend } = await import("./trainer/backends/open.ts");
       await openBackend("wasm", () => undefined);
       void Promise.reject(${FAULT});
       ${LONG}`,
    );
    expect(code).toBe(1);
    expect(complaints(stderr)[0]).toBe("Error: nobody waits");
    expect(stderr.length).toBeLessThan(5000);
  });
});

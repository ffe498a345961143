import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { compute, ComputeError } from "../../../trainer/jobs/compute.ts";
import { TSX } from "../../scripts/command.ts";

const signals = { kill: new AbortController().signal, stop: new AbortController().signal };
const task = { kind: "open", backend: "wasm" } as const;
const endOf = (): Promise<unknown> =>
  compute(task, () => undefined, signals).catch((error: unknown) => error);

// A forked process has the options of this one, which does not run TypeScript by itself.
const options = [...process.execArgv];
beforeAll(() => {
  process.execArgv = ["--import", TSX];
});
afterAll(() => {
  process.execArgv = options;
  vi.unstubAllEnvs();
});

const children = async () => {
  const path = `/proc/${process.pid}/task/${process.pid}/children`;
  return (await readFile(path, "utf8")).split(" ").filter(Boolean).map(Number);
};

describe("the process that computes", () => {
  it("says that its heap was full, and what to do", async () => {
    vi.stubEnv("NODE_OPTIONS", "--max-old-space-size=12");
    const error = await endOf();
    expect(error).toBeInstanceOf(ComputeError);
    expect(error).toMatchObject({ retry: true, fault: null });
    expect(String(error)).toMatch(
      /ran out of memory for JavaScript \(NODE_OPTIONS=\S+ gives it more\): use a smaller --size or/,
    );
    vi.unstubAllEnvs();
  });

  it.runIf(process.platform === "linux")("that the system kills had no memory", async () => {
    const before = await children();
    const ended = endOf();
    const [child] = (await children()).filter((pid) => !before.includes(pid));
    process.kill(child, "SIGKILL");
    expect(String(await ended)).toMatch(
      /was killed, most likely because the machine had no memory left: use a smaller --size/,
    );
  });
});

import { existsSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";

const installed = existsSync("node_modules/@tensorflow/tfjs-node-gpu");
const remedy = Number(process.versions.node.split(".")[0]) < 23 ? "npm i --include=optional" : "22";

describe("openBackend", () => {
  it("opens wasm without a word", async () => {
    const lines: string[] = [];
    expect(await openBackend("wasm", (line) => lines.push(line))).toBe("wasm");
    expect(tf.getBackend()).toBe("wasm");
    expect(lines).toEqual([]);
  });

  it.skipIf(installed)("refuses cuda where it cannot run, and says what to do", async () => {
    const lines: string[] = [];
    await expect(openBackend("cuda", (line) => lines.push(line))).rejects.toThrow(remedy);
    expect(lines).toEqual([]);
  });

  it.skipIf(installed)("falls back to wasm, saying why in one line", async () => {
    const lines: string[] = [];
    expect(await openBackend("auto", (line) => lines.push(line))).toBe("wasm");
    expect(tf.getBackend()).toBe("wasm");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("CUDA");
    expect(lines[0]).toContain(remedy);
    expect(lines[0]).not.toContain("\n");
  });
});

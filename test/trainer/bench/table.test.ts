import { expect, it } from "vitest";
import { describeFailure, OutOfMemory } from "../../../trainer/bench/memory.ts";
import { table } from "../../../trainer/bench/table.ts";

it("goes on where a network does not fit into the memory, and says so below", () => {
  const measured = {
    images_per_s: 12.34,
    ...{ step_ms: 810, data_ms: 3.456, forward_ms: 200, mining_ms: 5, backward_ms: 600 },
    ...{ update_ms: 1.5, device_bytes: null, process_bytes: 3 * 2 ** 20 },
  };
  const printed = table({
    machine: { cpu: "a CPU", cores: 2, node: "22.1.0" },
    method: "pddm-quadruplet",
    backends: { cuda: { runs: false, reason: "CUDA: not here." } },
    rows: [
      { network: "small", backend: "wasm", batch: 10, measured },
      { network: "large", backend: "wasm", batch: 64, measured: null, reason: "out of memory" },
    ],
  });
  expect(printed.split("\n").map((line) => line.trim().replace(/ +/g, " "))).toEqual([
    "a CPU, 2 cores, Node 22.1.0",
    "",
    "CUDA: not here.",
    "",
    "A training step by pddm-quadruplet, ms; the most memory, MiB",
    "network batch backend images/s step data forward mining backward update device process",
    "small 10 wasm 12.3 810 3.46 200 5.00 600 1.50 - 3",
    "large 64 wasm - - - - - - - - -",
    "",
    "large on wasm: out of memory.",
  ]);
});

it.each([
  [new OutOfMemory("it is full"), "out of memory: it is full"],
  [
    Object.assign(new Error("Aborted(). Build with more info.."), { name: "RuntimeError" }),
    "out of memory: Aborted(). Build with more info",
  ],
  [
    new Error("OOM when allocating tensor\nwith shape[64]"),
    "out of memory: OOM when allocating tensor",
  ],
  [new Error("no such kernel"), "no such kernel"],
])("tells want of memory from other faults: %s", (error, told) => {
  expect(describeFailure(error)).toBe(told);
});

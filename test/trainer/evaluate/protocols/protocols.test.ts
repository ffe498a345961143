import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { measureProtocols } from "../../../../trainer/evaluate/protocols/protocols.ts";
import { each } from "../../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 4;

/** Four items for each label; all of a label are one unit vector. */
function items(axes: [label: number, axis: number][]) {
  const labels = axes.flatMap(([label]) => each(4).map(() => label));
  const rows = axes.flatMap(([, axis]) =>
    each(4).map(() => each(D).map((k) => (k === axis ? 1 : 0))),
  );
  return { embeddings: Float32Array.from(rows.flat()), d: D, labels };
}

describe("transfer and zero-shot recognition", () => {
  const unseen = items([
    [10, 0],
    [11, 1],
  ]);

  it("are perfect where every class has a place of its own", () => {
    const { transfer, zeroShot } = measureProtocols(items([[3, 2]]), unseen, 1);
    expect(transfer).toEqual({ classMeans: 1, neighbours: 1 });
    expect(zeroShot).toEqual({ "1": 1, "2": 1, "3": 1, "4": 1, "5": 1 });
  });

  it("have the seen classes for wrong answers in zero-shot recognition alone", () => {
    // A seen class in the place of class 11; it is named first, so that it wins the tie.
    const { transfer, zeroShot } = measureProtocols(items([[3, 1]]), unseen, 1);
    expect(transfer).toEqual({ classMeans: 1, neighbours: 1 });
    expect(zeroShot).toMatchObject({ "1": 0.5, "2": 1 });
  });

  it("know the half of each test class, and ask for the other", () => {
    // Of class 11, every image is alone: what is known of it says nothing of what is asked.
    const embeddings = unseen.embeddings.slice();
    each(4).forEach((image) => {
      embeddings.fill(0, (4 + image) * D, (5 + image) * D);
      embeddings[(4 + image) * D + (image % D)] = image === 0 ? -1 : 1;
    });
    const { transfer } = measureProtocols(items([[3, 2]]), { ...unseen, embeddings }, 1);
    expect(transfer.neighbours).toBe(0.5);
  });
});

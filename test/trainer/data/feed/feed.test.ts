import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { type Feed, openFeed } from "../../../../trainer/data/feed/feed.ts";
import { PixelInputs } from "../../../../trainer/data/inputs/inputs.ts";
import { seededRandom } from "../../../../trainer/random.ts";
import { dataset } from "../../../oracles/dataset.ts";
import { each } from "../../../oracles/numbers.ts";
import { Command, ROOT, TSX } from "../../../scripts/command.ts";

/** Pictures of 8 x 8, their margin included. */
const data = { ...dataset([4, 4, 4], 8, 8), width: 6, height: 6, margin: 1 };
const inputs = new PixelInputs(data, "crop");
const steps = (first: number, last: number) => ({
  first,
  last,
  // Of two sizes, so that some are done before those asked earlier.
  at: (step: number) => ({
    items: each(step % 2 === 0 ? 1 : 12).map((i) => (step + i) % 12),
    seed: [7, step],
  }),
});

let feed: Feed | undefined;

beforeAll(() => openBackend("wasm", () => undefined));
afterEach(async () => {
  await feed?.close();
  feed = undefined;
});

async function valuesOf(views: Promise<tf.Tensor>): Promise<Float32Array> {
  const tensor = await views;
  const values = tensor.dataSync<"float32">().slice();
  tensor.dispose();
  return values;
}

/** What step gets where nothing is made ahead. */
function expected(step: number): Float32Array {
  const { items, seed } = steps(step, step).at(step);
  return tf.tidy(() =>
    inputs
      .views(items, seededRandom(...seed))
      .dataSync<"float32">()
      .slice(),
  );
}

describe("a feed of views", () => {
  it.each([0, 2])(
    "by %i threads gives each step its own, wherever a run goes on",
    async (threads) => {
      const { numTensors } = tf.memory();
      feed = openFeed(inputs, steps(5, 12), threads);
      for (let step = 5; step <= 12; step++) {
        expect(await valuesOf(feed.next())).toEqual(expected(step));
      }
      expect(tf.memory().numTensors).toBe(numTensors);
    },
  );

  it("can be closed while threads are at work", async () => {
    feed = openFeed(inputs, steps(1, 100), 2);
    expect(await valuesOf(feed.next())).toEqual(expected(1));
    await feed.close();
  });

  it("holds the process until its views are there, and no longer than it is open", async () => {
    const program = `
      import { openBackend } from "./trainer/backends/open.ts";
      import { openFeed } from "./trainer/data/feed/feed.ts";
      import { PixelInputs } from "./trainer/data/inputs/inputs.ts";
      await openBackend("wasm");
      const pictures = { pixels: new Uint8Array(12).fill(7), width: 2, height: 2 };
      const steps = { first: 1, last: 9, at: () => ({ items: [0], seed: [1] }) };
      const feed = openFeed(new PixelInputs(pictures, "none"), steps, 1);
      console.log((await feed.next()).dataSync().join());
      await feed.close();`;
    const args = ["--import", TSX, "--input-type=module", "-e", program];
    const { code, stdout, stderr } = await new Command(args, ROOT).ended;
    expect(stderr).toBe("");
    expect(stdout).toBe("7,7,7,7,7,7,7,7,7,7,7,7\n");
    expect(code).toBe(0);
  });

  it("tells of a thread that fails at the step that it fails", async () => {
    const broken = new PixelInputs({ ...data, width: -1 }, "crop");
    feed = openFeed(broken, steps(1, 3), 1);
    await expect(feed.next()).rejects.toThrow(RangeError);
    await expect(feed.next()).rejects.toThrow(RangeError);
  });
});

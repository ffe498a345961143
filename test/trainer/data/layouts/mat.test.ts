import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readMat } from "../../../../trainer/data/layouts/mat.ts";
import { UserError } from "../../../../trainer/error.ts";
import { type Content, matFile } from "../../../oracles/mat.ts";
import { each } from "../../../oracles/numbers.ts";
import { plant } from "../../../oracles/trees.ts";

const read = async (bytes: Uint8Array) => readMat(join(await plant({ "a.mat": bytes }), "a.mat"));

describe.each([false, true])("a MAT-file (compressed: %s)", (compressed) => {
  const roundTrip = (variables: Record<string, Content>) =>
    read(matFile(variables, { compressed }));

  it("gives numbers as they were, in whichever type they are stored", async () => {
    const variables = {
      none: [],
      bytes: [0, 255, 7, 1, 9],
      one: [3],
      shorts: [-3, 300],
      integers: [70000, -70000, 1],
      reals: [1.5, -2e300],
    };
    expect(await roundTrip(variables)).toEqual(variables);
  });

  it("gives text, of any length and any script", async () => {
    const variables = { empty: "", short: "ab", long: "Audi TT Hatchback 2011", other: "é 車" };
    expect(await roundTrip(variables)).toEqual(variables);
  });

  it("gives struct arrays, cell arrays and what they nest", async () => {
    const struct = each(50).map((i) => ({
      fname: `${"0".repeat(i % 7)}${i}.jpg`,
      class: [i],
      box: { struct: [{ x: [i * 300], label: { cell: ["a", [1, 2]] } }] },
    }));
    const names = { cell: ["first", "second", { cell: [] }] };
    expect(await roundTrip({ annotations: { struct }, names })).toEqual({
      annotations: struct.map(({ fname, class: id }, i) => ({
        fname,
        class: id,
        box: [{ x: [i * 300], label: ["a", [1, 2]] }],
      })),
      names: ["first", "second", []],
    });
  });

  it("is refused where it ends too early", async () => {
    const whole = matFile({ text: "some text that is long enough" }, { compressed });
    for (const length of [132, 150, whole.length - 8]) {
      const error = await read(whole.subarray(0, length)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UserError);
      expect(String(error)).toMatch(/cannot read .*a\.mat as a MAT-file: ./);
    }
  });
});

describe("what is no MAT-file of version 5 to 7", () => {
  it.each([
    { title: "nothing", bytes: Buffer.alloc(0) },
    { title: "a page that says that the file is gone", bytes: Buffer.from("<html>".repeat(99)) },
    {
      title: "an HDF5 file, version 7.3",
      bytes: Buffer.concat([Buffer.alloc(124), Buffer.from([0, 2, 0x49, 0x4d])]),
    },
  ])("is refused: $title", async ({ bytes }) => {
    await expect(read(bytes)).rejects.toThrow(UserError);
    await expect(read(bytes)).rejects.toThrow(/a\.mat is not a MAT-file of version 5 to 7.*-v7/);
  });

  it("names a variable of a class that is not read", async () => {
    const sparse = matFile({ annotations: [1, 2, 3] });
    // The class stands after the header, two tags of 8 bytes each.
    sparse[128 + 16] = 5;
    await expect(read(sparse)).rejects.toThrow(
      '"annotations" is of class 5, which is not supported',
    );
  });
});

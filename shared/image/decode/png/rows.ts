import type { PngHeader } from "./header.ts";
import { Inflated } from "./inflated.ts";
import type { PngKernel } from "./kernel.ts";
import { type Pass, passesOf } from "./passes.ts";

/** What the kernel reads or writes behind the end of a row. */
const SLACK = 32;
const FILTERS = 5;

/** The samples of a row. */
export interface Row {
  /** Where they lie in the kernel's memory, until the next row. */
  at: number;
  bytes: number;
  pass: Pass;
  /** Its number in the pass. */
  y: number;
}

/**
 * Inflates a picture's rows and undoes their filters, in the order of the data.
 *
 * @throws Error where the data are damaged or cut off
 */
export function* readRows(kernel: PngKernel, header: PngHeader): Generator<Row, void> {
  const { width, depth, samples, data } = header;
  const bits = depth * samples;
  const step = Math.ceil(bits / 8);
  const most = Math.ceil((width * bits) / 8);
  const room = most + SLACK;
  let row = kernel.reserve(2 * room + Inflated.roomFor(1 + most));
  let above = row + room;
  const inflated = new Inflated(kernel, data, above + room, 1 + most);
  for (const pass of passesOf(header)) {
    const bytes = Math.ceil((pass.columns * bits) / 8);
    kernel.view(above, bytes).fill(0);
    for (let y = 0; y < pass.rows; y++) {
      const stored = inflated.take(1 + bytes);
      const [filter = FILTERS] = kernel.view(stored, 1);
      if (filter >= FILTERS) throw new Error("it is damaged");
      kernel.exports.unfilter(filter, stored + 1, row, above, bytes, step);
      yield { at: row, bytes, pass, y };
      [row, above] = [above, row];
    }
  }
}

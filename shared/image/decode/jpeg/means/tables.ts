import type { MeansKernel } from "./kernel.ts";

/** The class of tables for the coefficients of a block but its first, as DHT segments count it. */
const OTHERS = 16;
const MAX_SYMBOLS = 256;
const LENGTHS = 16;

/** The Huffman tables that are defined at a point of a file. */
export class Tables {
  /** The codes of each class and destination, not yet a table: a file may define many more than it uses. */
  private readonly codes = new Map<number, Uint8Array>();
  /** The tables that were made: of which codes, and where the kernel has them. */
  private readonly made = new Map<number, { codes: Uint8Array; at: number }>();

  constructor(private readonly kernel: MeansKernel) {}

  /** Reads a DHT segment (ITU-T T.81, B.2.4.2). */
  define(body: Uint8Array): void {
    for (let at = 0; at + 1 + LENGTHS <= body.length;) {
      const counts = body.subarray(at + 1, at + 1 + LENGTHS);
      const count = counts.reduce((sum, value) => sum + value, 0);
      const end = at + 1 + LENGTHS + count;
      this.codes.set(
        body[at]!,
        body.subarray(at + 1, Math.min(end, at + 1 + LENGTHS + MAX_SYMBOLS)),
      );
      at = end;
    }
  }

  /** @returns where the table of first coefficients is @throws Error where none is defined */
  first(destination: number): number {
    return this.tableOf(destination);
  }

  /** @returns where the table of the other coefficients is @throws Error where none is defined */
  others(destination: number): number {
    return this.tableOf(OTHERS + destination);
  }

  private tableOf(key: number): number {
    const codes = this.codes.get(key);
    if (!codes) throw new Error("it is damaged");
    const former = this.made.get(key);
    if (former?.codes === codes) return former.at;
    const { exports } = this.kernel;
    const table = former?.at ?? this.kernel.reserve(exports.tableBytes.value);
    this.kernel.withRoom(LENGTHS + MAX_SYMBOLS, (at) => {
      this.kernel.view(at, codes.length).set(codes);
      exports.makeTable(table, at, Number(key < OTHERS));
    });
    this.made.set(key, { codes, at: table });
    return table;
  }
}

import { converterOf, type Coding } from "./colours.ts";
import type { LibDe265, Picture } from "./libde265.ts";
import { codedUnits, type Parts } from "./parts.ts";

type Convert = (y: number, pixels: Uint8ClampedArray, at: number) => void;

/** The rows of a picture, one after the other: only the parts that a row crosses are decoded at a time. */
export class Rows {
  private pictures: Picture[] = [];
  private converters: Convert[] = [];
  private next = 0;
  private readonly pixels: Uint8ClampedArray<ArrayBuffer>;

  /**
   * @param coding of all parts; else each says its own
   * @param limit bytes that the codec's heap may have
   */
  constructor(
    private readonly codec: LibDe265,
    private readonly source: Parts,
    private readonly coding: Coding | null,
    private readonly limit: number,
  ) {
    this.pixels = new Uint8ClampedArray(source.columns * source.width * 4);
  }

  /** RGBA of the next row, as wide as all parts; good until the next call. @throws Error where it does not decode */
  read(): Uint8ClampedArray {
    const { width, height } = this.source;
    const line = this.next++;
    if (line % height === 0) this.decode(line / height);
    this.converters.forEach((convert, column) => {
      convert(line % height, this.pixels, column * width * 4);
    });
    return this.pixels;
  }

  /** Gives the memory of the last parts back. */
  close(): void {
    for (const picture of this.pictures) picture.close();
    this.pictures = [];
  }

  private decode(row: number): void {
    const { columns, parts, width, height } = this.source;
    this.close();
    const inRow = parts.slice(row * columns, (row + 1) * columns);
    this.pictures = inRow.map((part) =>
      this.codec.decode(codedUnits(part, this.limit), this.limit),
    );
    this.converters = this.pictures.map((picture, column) => {
      if (picture.width !== width || picture.height !== height) {
        throw new Error(
          `a part of it has ${picture.width}x${picture.height} pixels, its header says ${width}x${height}`,
        );
      }
      return converterOf(picture, this.coding ?? inRow[column]!.coding ?? picture.coding);
    });
  }
}

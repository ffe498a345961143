import { readFile } from "node:fs/promises";
import { inflateSync } from "node:zlib";
import { UserError } from "../../error.ts";

/**
 * Reads MATLAB's Level 5 MAT-files ("MAT-File Format", MathWorks, chapter 1), versions 5 to 7. It reads
 * what annotations consist of: numbers, rows of text, cell arrays and struct arrays.
 */

/** The fields of a struct. */
export interface MatStruct {
  [field: string]: MatValue;
}

/** A variable: text, numbers, a cell array or a struct array, each in column-major order. */
export type MatValue = string | number[] | MatValue[] | MatStruct[];

const HEADER_BYTES = 128;

const COMPRESSED = 15;
const MATRIX = 14;

/** Classes of a matrix. All from DOUBLE to LAST_NUMERIC hold numbers. */
const CELL = 1;
const STRUCT = 2;
const CHAR = 4;
const DOUBLE = 6;
const LAST_NUMERIC = 15;

/** Types of stored numbers. MATLAB stores a matrix in the smallest type that holds its values. */
const NUMBERS = new Map<number, { bytes: number; read: (data: Buffer, at: number) => number }>([
  [1, { bytes: 1, read: (data, at) => data.readInt8(at) }],
  [2, { bytes: 1, read: (data, at) => data.readUInt8(at) }],
  [3, { bytes: 2, read: (data, at) => data.readInt16LE(at) }],
  [4, { bytes: 2, read: (data, at) => data.readUInt16LE(at) }],
  [5, { bytes: 4, read: (data, at) => data.readInt32LE(at) }],
  [6, { bytes: 4, read: (data, at) => data.readUInt32LE(at) }],
  [7, { bytes: 4, read: (data, at) => data.readFloatLE(at) }],
  [9, { bytes: 8, read: (data, at) => data.readDoubleLE(at) }],
  [12, { bytes: 8, read: (data, at) => Number(data.readBigInt64LE(at)) }],
  [13, { bytes: 8, read: (data, at) => Number(data.readBigUInt64LE(at)) }],
]);

/** Types of stored text. */
const TEXT = new Map<number, BufferEncoding>([
  [1, "latin1"],
  [2, "latin1"],
  [4, "utf16le"],
  [16, "utf8"],
  [17, "utf16le"],
]);

interface Element {
  type: number;
  data: Buffer;
}

/** Reads the data elements of a block of bytes, one after the other. */
class Elements {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  next(): Element {
    const tag = this.bytes.readUInt32LE(this.at);
    // Up to four bytes of data lie inside the tag, whose upper half then is their count.
    if (tag >>> 16 > 0) {
      const data = this.take(this.at + 4, tag >>> 16);
      this.at += 8;
      return { type: tag & 0xffff, data };
    }
    const length = this.bytes.readUInt32LE(this.at + 4);
    const data = this.take(this.at + 8, length);
    this.at += 8 + (tag === COMPRESSED ? length : Math.ceil(length / 8) * 8);
    return { type: tag, data };
  }

  private take(start: number, length: number): Buffer {
    if (start + length > this.bytes.length) throw new RangeError("it ends too early");
    return this.bytes.subarray(start, start + length);
  }
}

function numbersOf({ type, data }: Element): number[] {
  const stored = NUMBERS.get(type);
  if (!stored) throw new Error(`numbers of type ${type} are not supported`);
  const { bytes, read } = stored;
  return Array.from({ length: data.length / bytes }, (_, i) => read(data, i * bytes));
}

function textOf({ type, data }: Element, [rows]: readonly number[]): string {
  const encoding = TEXT.get(type);
  if (!encoding) throw new Error(`text of type ${type} is not supported`);
  if (rows === undefined || rows > 1) throw new Error("text of more than one row is not supported");
  return data.toString(encoding);
}

function structsOf(elements: Elements, count: number): MatStruct[] {
  const [length] = numbersOf(elements.next());
  if (!length) throw new Error("a struct array does not state the length of its field names");
  const { data } = elements.next();
  const fields = Array.from({ length: data.length / length }, (_, i) => {
    return data.toString("latin1", i * length, (i + 1) * length).split("\0")[0]!;
  });
  return Array.from({ length: count }, () =>
    Object.fromEntries(fields.map((field) => [field, matrixOf(elements.next()).value])),
  );
}

function matrixOf({ type, data }: Element): { name: string; value: MatValue } {
  if (type === COMPRESSED) return matrixOf(new Elements(inflateSync(data)).next());
  if (type !== MATRIX) throw new Error(`a variable of type ${type} is not supported`);
  // A field or cell that was never set has no data.
  if (data.length === 0) return { name: "", value: [] };
  const elements = new Elements(data);
  const kind = elements.next().data.readUInt32LE(0) & 0xff;
  const dimensions = numbersOf(elements.next());
  const name = elements.next().data.toString("latin1");
  const count = dimensions.reduce((product, size) => product * size, 1);
  const value = (): MatValue => {
    if (kind === CELL) {
      return Array.from({ length: count }, () => matrixOf(elements.next()).value);
    }
    if (kind === STRUCT) return structsOf(elements, count);
    if (kind === CHAR) return textOf(elements.next(), dimensions);
    if (kind >= DOUBLE && kind <= LAST_NUMERIC) return numbersOf(elements.next());
    throw new Error(`"${name}" is of class ${kind}, which is not supported`);
  };
  return { name, value: value() };
}

/**
 * Reads the variables of a MAT-file.
 *
 * @returns the variables by name
 * @throws UserError if it is not a MAT-file, or holds something that is not supported
 */
export async function readMat(path: string): Promise<MatStruct> {
  const bytes = await readFile(path);
  // Version 1.0 and "IM", which means little-endian. HDF5 files (MATLAB 7.3) state version 2.0.
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(HEADER_BYTES - 4) !== 0x4d490100) {
    throw new UserError(`${path} is not a MAT-file of version 5 to 7; in MATLAB, save it with -v7`);
  }
  const variables: MatStruct = {};
  const elements = new Elements(bytes.subarray(HEADER_BYTES));
  try {
    while (!elements.done) {
      const { name, value } = matrixOf(elements.next());
      variables[name] = value;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`cannot read ${path} as a MAT-file: ${reason}`);
  }
  return variables;
}

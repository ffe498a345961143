import { deflateSync } from "node:zlib";

/** What a variable of a MAT-file may be: text, numbers, a cell array, a struct array. */
export type Content =
  string | number[] | { cell: Content[] } | { struct: Record<string, Content>[] };

function pad(bytes: Buffer, to: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)]);
}

function element(type: number, data: Buffer): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(data.length, 4);
  return Buffer.concat([tag, pad(data, 8)]);
}

/** As MATLAB does: up to four bytes go into the tag. */
function compact(type: number, data: Buffer): Buffer {
  if (data.length === 0 || data.length > 4) return element(type, data);
  const packed = Buffer.alloc(8);
  packed.writeUInt16LE(type, 0);
  packed.writeUInt16LE(data.length, 2);
  data.copy(packed, 4);
  return packed;
}

const int32 = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);

/** Numbers in the smallest of four types that holds them all. */
function narrowed(values: number[]): Buffer {
  const fits = (low: number, high: number) =>
    values.every((value) => Number.isInteger(value) && value >= low && value <= high);
  if (fits(0, 255)) return compact(2, Buffer.from(values));
  if (fits(-32768, 32767)) return compact(3, Buffer.from(Int16Array.from(values).buffer));
  if (fits(-(2 ** 31), 2 ** 31 - 1)) return compact(5, int32(...values));
  return compact(9, Buffer.from(Float64Array.from(values).buffer));
}

function matrix(content: Content, name = ""): Buffer {
  const head = (kind: number, columns: number) => [
    element(6, int32(kind, 0)),
    element(5, int32(1, columns)),
    compact(1, Buffer.from(name)),
  ];
  const whole = (parts: Buffer[]) => element(14, Buffer.concat(parts));
  if (typeof content === "string") {
    return whole([...head(4, content.length), compact(4, Buffer.from(content, "utf16le"))]);
  }
  if (Array.isArray(content)) return whole([...head(6, content.length), narrowed(content)]);
  if ("cell" in content) {
    return whole([...head(1, content.cell.length), ...content.cell.map((item) => matrix(item))]);
  }
  const fields = Object.keys(content.struct[0] ?? {});
  return whole([
    ...head(2, content.struct.length),
    compact(5, int32(32)),
    element(1, Buffer.concat(fields.map((field) => pad(Buffer.from(`${field}\0`), 32)))),
    ...content.struct.flatMap((item) => fields.map((field) => matrix(item[field]))),
  ]);
}

/** A Level 5 MAT-file, written from the format's description. */
export function matFile(variables: Record<string, Content>, { compressed = false } = {}): Buffer {
  const header = Buffer.alloc(128, " ");
  header.write("MATLAB 5.0 MAT-file, for a test");
  header.fill(0, 116, 124);
  header.writeUInt16LE(0x0100, 124);
  header.write("IM", 126);
  const parts = Object.entries(variables).map(([name, content]) => {
    const bytes = matrix(content, name);
    if (!compressed) return bytes;
    const squeezed = deflateSync(bytes);
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(15, 0);
    tag.writeUInt32LE(squeezed.length, 4);
    return Buffer.concat([tag, squeezed]);
  });
  return Buffer.concat([header, ...parts]);
}

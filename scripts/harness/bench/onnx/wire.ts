/** The wire format of Protocol Buffers, as far as an ONNX model needs it. */

const VARINT = 0;
const BYTES = 2;

/** Encodes seven bits per byte, the lowest first. @param value a whole number from 0 */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

/** A message under construction. A repeated field is added once per value. */
export class Message {
  private readonly parts: Uint8Array[] = [];

  int(field: number, ...values: number[]): this {
    for (const value of values) this.add([...varint(field * 8 + VARINT), ...varint(value)]);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.add([...varint(field * 8 + BYTES), ...varint(value.length)]);
    this.parts.push(value);
    return this;
  }

  text(field: number, ...values: string[]): this {
    for (const value of values) this.bytes(field, new TextEncoder().encode(value));
    return this;
  }

  message(field: number, ...values: Message[]): this {
    for (const value of values) this.bytes(field, value.encode());
    return this;
  }

  encode(): Uint8Array {
    return Buffer.concat(this.parts);
  }

  private add(bytes: number[]): void {
    this.parts.push(Uint8Array.from(bytes));
  }
}

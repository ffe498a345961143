/** The data start at a multiple of this, so that a file can be mapped into memory. */
const ALIGNMENT = 64;

/**
 * Encodes a matrix in NumPy's file format, version 1.0 (numpy.lib.format): 6 bytes magic, 2 bytes version,
 * 2 bytes little-endian header length, the header as a Python literal, then the values in little-endian float32,
 * row by row.
 *
 * @param values n * d values, one row after the other
 */
export function encodeNpy(values: Float32Array, d: number): Uint8Array {
  const start = "\x93NUMPY\x01\x00";
  const shape = `(${values.length / d}, ${d})`;
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  const preamble = start.length + 2;
  // A line feed ends the header.
  const total = Math.ceil((preamble + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = dictionary.padEnd(total - preamble - 1) + "\n";
  const bytes = new Uint8Array(total + 4 * values.length);
  bytes.set(Buffer.from(start, "latin1"));
  bytes.set(Buffer.from(header, "latin1"), preamble);
  const view = new DataView(bytes.buffer);
  view.setUint16(start.length, header.length, true);
  values.forEach((value, at) => {
    view.setFloat32(total + 4 * at, value, true);
  });
  return bytes;
}

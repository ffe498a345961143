import { limited } from "../limited.ts";
import { type Box, Reader } from "../heif/boxes.ts";

/** What is known of coded data before they are decoded (ISO/IEC 14496-15, 8.3.3). */
export interface Configuration {
  /** 0 for grey, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4. */
  chroma: number;
  /** Bits of a sample. */
  bits: number;
  /** Units that come before those of the data. */
  parameterSets: Uint8Array[];
  /** Bytes of the length before each unit of the data. */
  lengthBytes: number;
}

function* readParameterSets(reader: Reader): Generator<Uint8Array> {
  for (let arrays = reader.uint(1); arrays > 0; arrays--) {
    reader.uint(1);
    for (let units = reader.uint(2); units > 0; units--) yield reader.bytes(reader.uint(2));
  }
}

/** @throws Error where it is missing or cut off */
export function readConfiguration(properties: readonly Box[]): Configuration {
  const box = properties.find(({ type }) => type === "hvcC");
  if (!box) throw new Error("it has no hvcC box, or is cut off");
  const reader = new Reader(box.data);
  const head = reader.bytes(22);
  const parameterSets = [...limited(readParameterSets(reader), "parameter sets")];
  return {
    chroma: head[16]! & 3,
    bits: 8 + (head[17]! & 7),
    parameterSets,
    lengthBytes: 1 + (head[21]! & 3),
  };
}

function* readUnits(data: Uint8Array, lengthBytes: number): Generator<Uint8Array> {
  const reader = new Reader(data);
  while (reader.rest.length > 0) yield reader.bytes(reader.uint(lengthBytes));
}

/** All units of a picture. @throws Error where its data are cut off */
export const unitsOf = (configuration: Configuration, data: Uint8Array): Uint8Array[] => [
  ...configuration.parameterSets,
  ...limited(readUnits(data, configuration.lengthBytes), "units"),
];

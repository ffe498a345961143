/**
 * A progressive JPEG at an eighth of its size, where each block of 8 x 8 is its mean: the first coefficient.
 * Only the scans of these are read. A whole decoder would keep all coefficients in memory, 3 to 6 bytes for
 * each pixel, until the last scan.
 */
import { BitReader } from "./bitReader.ts";
import { HuffmanTable } from "./huffman.ts";
import { isFrame, type Segment } from "../segments.ts";

const DHT = 0xc4;
const SOS = 0xda;
const DQT = 0xdb;
const DRI = 0xdd;

/** The means of a component's blocks. */
export interface Plane {
  id: number;
  /** Samples of it to those of the picture: horizontal and vertical factor. */
  across: number;
  down: number;
  /** Blocks of a row and rows, filled up to whole MCUs. */
  columns: number;
  rows: number;
  /** The first coefficient of each block, not yet multiplied by `step`. */
  values: Int16Array;
  /** The quantization table, and its first step. */
  table: number;
  step: number;
}

interface Picture {
  width: number;
  height: number;
  /** Sampling factors of the component with the most samples. */
  across: number;
  down: number;
  planes: Plane[];
}

/** State set by the segments before a scan. */
interface State {
  picture: Picture;
  /** Tables of first coefficients by their destination, made when a scan needs them: a file may hold many more. */
  huffman: Map<number, () => HuffmanTable>;
  restartInterval: number;
}

function readPicture(bytes: Uint8Array, start: number): Picture {
  const height = bytes[start + 5]! * 256 + bytes[start + 6]!;
  const width = bytes[start + 7]! * 256 + bytes[start + 8]!;
  const components = Array.from({ length: bytes[start + 9]! }, (_, i) => {
    const [id = 0, factors = 0, table = 0] = bytes.subarray(start + 10 + 3 * i);
    return { id, table, across: factors >> 4, down: factors & 15 };
  });
  const across = Math.max(...components.map((component) => component.across));
  const down = Math.max(...components.map((component) => component.down));
  const planes = components.map((component) => {
    const columns = Math.ceil(width / (8 * across)) * component.across;
    const rows = Math.ceil(height / (8 * down)) * component.down;
    return { ...component, columns, rows, step: 1, values: new Int16Array(columns * rows) };
  });
  return { width, height, across, down, planes };
}

/** T.81, B.2.4.2. */
function readHuffman(body: Uint8Array, tables: Map<number, () => HuffmanTable>): void {
  for (let at = 0; at + 17 <= body.length;) {
    const kind = body[at]!;
    const counts = body.subarray(at + 1, at + 17);
    const count = counts.reduce((sum, value) => sum + value, 0);
    const symbols = body.subarray(at + 17, at + 17 + count);
    // The others are of later coefficients.
    if (kind < 16) tables.set(kind, () => new HuffmanTable(counts, symbols));
    at += 17 + count;
  }
}

/** T.81, B.2.4.1: the first step of each table. */
function readSteps(body: Uint8Array, planes: Plane[]): void {
  for (let at = 0; at + 1 < body.length;) {
    const wide = body[at]! >> 4 > 0;
    const table = body[at]! & 15;
    const step = wide ? body[at + 1]! * 256 + body[at + 2]! : body[at + 1]!;
    for (const plane of planes) if (plane.table === table) plane.step = step;
    at += wide ? 129 : 65;
  }
}

/** The bits of a value as they are stored (T.81, F.2.2.1). */
function extend(bits: BitReader, size: number): number {
  if (size === 0) return 0;
  const value = bits.take(size);
  return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

/** The blocks of a scan, in their order: one component's own, or those of all in each MCU (T.81, A.2). */
function forEachBlock(
  { width, height, across, down }: Picture,
  planes: readonly Plane[],
  work: (plane: number, block: number, mcu: number) => void,
): void {
  const [alone] = planes;
  if (alone && planes.length === 1) {
    const columns = Math.ceil(Math.ceil((width * alone.across) / across) / 8);
    const rows = Math.ceil(Math.ceil((height * alone.down) / down) / 8);
    for (let mcu = 0; mcu < columns * rows; mcu++) {
      work(0, Math.floor(mcu / columns) * alone.columns + (mcu % columns), mcu);
    }
    return;
  }
  const columns = Math.ceil(width / (8 * across));
  const rows = Math.ceil(height / (8 * down));
  for (let mcu = 0; mcu < columns * rows; mcu++) {
    const left = mcu % columns;
    const top = Math.floor(mcu / columns);
    planes.forEach((plane, i) => {
      for (let y = 0; y < plane.down; y++) {
        const row = (top * plane.down + y) * plane.columns + left * plane.across;
        for (let x = 0; x < plane.across; x++) work(i, row + x, mcu);
      }
    });
  }
}

/** Reads one scan of first coefficients (T.81, G.1.2.1). */
function readScan(bytes: Uint8Array, { start, end }: Segment, state: State): void {
  const { picture, huffman, restartInterval } = state;
  const count = bytes[start + 4]!;
  if (count > picture.planes.length) throw new Error("it is damaged");
  const selected = Array.from({ length: count }, (_, i) => {
    const [id, tables = 0] = bytes.subarray(start + 5 + 2 * i);
    const plane = picture.planes.find((candidate) => candidate.id === id);
    if (!plane) throw new Error("it is damaged");
    return { plane, table: huffman.get(tables >> 4)?.() };
  });
  const [, , approximation = 0] = bytes.subarray(start + 5 + 2 * count);
  const refines = approximation >> 4 > 0;
  const shift = approximation & 15;
  const bits = new BitReader(bytes, start + 2 + bytes[start + 2]! * 256 + bytes[start + 3]!, end);
  const previous = new Int32Array(count);
  let restarted = 0;
  forEachBlock(
    picture,
    selected.map(({ plane }) => plane),
    (i, block, mcu) => {
      if (restartInterval > 0 && mcu - restarted === restartInterval) {
        bits.restart();
        previous.fill(0);
        restarted = mcu;
      }
      const { plane, table } = selected[i]!;
      if (refines) {
        plane.values[block]! |= bits.take(1) << shift;
        return;
      }
      if (!table) throw new Error("it is damaged");
      previous[i]! += extend(bits, Math.min(16, table.read(bits)));
      plane.values[block] = previous[i]! << shift;
    },
  );
}

/**
 * The means of a progressive JPEG's blocks.
 *
 * @param segments of the file, with its one frame
 * @throws Error where its data are damaged
 */
export function readMeans(bytes: Uint8Array, segments: readonly Segment[]): Plane[] {
  const frame = segments.find(({ marker }) => isFrame(marker));
  if (!frame) throw new Error("it holds no picture");
  const state: State = {
    picture: readPicture(bytes, frame.start),
    huffman: new Map(),
    restartInterval: 0,
  };
  for (const segment of segments) {
    const { marker, start, end } = segment;
    const body = bytes.subarray(start + 4, end);
    if (marker === DHT) readHuffman(body, state.huffman);
    else if (marker === DQT) readSteps(body, state.picture.planes);
    else if (marker === DRI) state.restartInterval = body[0]! * 256 + body[1]!;
    else if (marker === SOS && bytes[start + 5 + 2 * bytes[start + 4]!] === 0) {
      readScan(bytes, segment, state);
    }
  }
  return state.picture.planes;
}

/**
 * A JPEG at an eighth of its size, where each block of 8 x 8 is its mean: the first coefficient. The others
 * are gone past; those of progressive pictures are in scans of their own, and a whole decoder would keep all
 * coefficients in memory, 3 to 6 bytes for each pixel, until the last scan.
 */
import { isFrame, type Segment } from "../segments.ts";
import type { MeansKernel } from "./kernel.ts";
import { Tables } from "./tables.ts";

const SOF2 = 0xc2;
const DHT = 0xc4;
const SOS = 0xda;
const DQT = 0xdb;
const DRI = 0xdd;

/** A component of the picture. */
interface Component {
  id: number;
  /** Samples of it to those of the picture: horizontal and vertical factor. */
  across: number;
  down: number;
  /** Blocks of a row and rows, filled up to whole MCUs. */
  columns: number;
  rows: number;
  /** Where the kernel has the first coefficient of each block, int16, not yet multiplied by `step`. */
  at: number;
  /** How many lower bits later scans bring; null before the first scan. */
  shift: number | null;
  /** The quantization table, and its first step. */
  table: number;
  step: number;
}

/** The means of a component's blocks. */
export interface Plane extends Component {
  /** [rows, columns], not to be kept: they lie in the kernel's memory. */
  values: Int16Array;
}

interface Picture {
  width: number;
  height: number;
  /** Sampling factors of the component with the most samples. */
  across: number;
  down: number;
  planes: Component[];
  /** Whether each block is in one piece, and not in several scans. */
  sequential: boolean;
}

function readPicture(bytes: Uint8Array, { marker, start }: Segment, kernel: MeansKernel): Picture {
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
    return {
      ...component,
      columns,
      rows,
      shift: null,
      step: 1,
      at: kernel.reserve(columns * rows * 2),
    };
  });
  return { width, height, across, down, planes, sequential: marker !== SOF2 };
}

/** T.81, B.2.4.1: the first step of each table. */
function readSteps(body: Uint8Array, planes: readonly Component[]): void {
  for (let at = 0; at + 1 < body.length;) {
    const wide = body[at]! >> 4 > 0;
    const table = body[at]! & 15;
    const step = wide ? body[at + 1]! * 256 + body[at + 2]! : body[at + 1]!;
    for (const plane of planes) if (plane.table === table) plane.step = step;
    at += wide ? 129 : 65;
  }
}

/** Units of a scan and their blocks: one component's own blocks, or those of all in each MCU (T.81, A.2). */
function unitsOf({ width, height, across, down }: Picture, planes: readonly Component[]) {
  const [alone] = planes;
  if (alone && planes.length === 1) {
    return {
      columns: Math.ceil(Math.ceil((width * alone.across) / across) / 8),
      rows: Math.ceil(Math.ceil((height * alone.down) / down) / 8),
      blocks: [{ across: 1, down: 1 }],
    };
  }
  return {
    columns: Math.ceil(width / (8 * across)),
    rows: Math.ceil(height / (8 * down)),
    blocks: planes.map((plane) => ({ across: plane.across, down: plane.down })),
  };
}

/** Reads one scan of first coefficients (T.81, F.2 and G.1.2.1). */
function readScan(
  bytes: Uint8Array,
  { start, end }: Segment,
  picture: Picture,
  tables: Tables,
  restartInterval: number,
  kernel: MeansKernel,
): void {
  const count = bytes[start + 4]!;
  if (count > picture.planes.length) throw new Error("it is damaged");
  const selected = Array.from({ length: count }, (_, i) => {
    const [id, destinations = 0] = bytes.subarray(start + 5 + 2 * i);
    const plane = picture.planes.find((candidate) => candidate.id === id);
    if (!plane) throw new Error("it is damaged");
    return { plane, destinations };
  });
  const [, , approximation = 0] = bytes.subarray(start + 5 + 2 * count);
  const refines = approximation >> 4 > 0;
  const shift = approximation & 15;
  for (const { plane } of selected) {
    // A block's coefficient comes once and each of its bits once: a small file cannot ask for it time and again.
    if (refines ? plane.shift === null || shift >= plane.shift : plane.shift !== null) {
      throw new Error("it is damaged");
    }
    plane.shift = shift;
  }
  const units = unitsOf(
    picture,
    selected.map(({ plane }) => plane),
  );
  const components = selected.map(({ plane, destinations }, i) => [
    units.blocks[i]!.across,
    units.blocks[i]!.down,
    plane.columns,
    plane.at,
    refines ? 0 : tables.first(destinations >> 4),
    picture.sequential ? tables.others(destinations & 15) : 0,
    0,
  ]);
  const data = bytes.subarray(start + 2 + bytes[start + 2]! * 256 + bytes[start + 3]!, end);
  kernel.withRoom(data.length, (at) => {
    kernel.view(at, data.length).set(data);
    const scan = [
      ...[at, at + data.length, units.columns, units.rows, restartInterval],
      ...[shift, Number(refines), count],
    ];
    kernel.read([scan, ...components].flat());
  });
}

/**
 * The means of a JPEG's blocks. Of damaged data they are what they can be.
 *
 * @param segments of the file, with its one frame
 * @throws Error where a scan names what the file lacks
 */
export function readMeans(
  bytes: Uint8Array,
  segments: readonly Segment[],
  kernel: MeansKernel,
): Plane[] {
  const frame = segments.find(({ marker }) => isFrame(marker));
  if (!frame) throw new Error("it holds no picture");
  kernel.clear();
  const picture = readPicture(bytes, frame, kernel);
  const tables = new Tables(kernel);
  let restartInterval = 0;
  for (const segment of segments) {
    const { marker, start, end } = segment;
    const body = bytes.subarray(start + 4, end);
    if (marker === DHT) tables.define(body);
    else if (marker === DQT) readSteps(body, picture.planes);
    else if (marker === DRI) restartInterval = body[0]! * 256 + body[1]!;
    else if (marker === SOS && bytes[start + 5 + 2 * bytes[start + 4]!] === 0) {
      readScan(bytes, segment, picture, tables, restartInterval, kernel);
    }
  }
  const { buffer } = kernel.exports.memory;
  return picture.planes.map((plane) => ({
    ...plane,
    values: new Int16Array(buffer, plane.at, plane.columns * plane.rows),
  }));
}

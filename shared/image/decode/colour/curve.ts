const HEAD = 8;
const MAX_TABLE = 4096;

/** Parameters of each type of function (ICC.1:2022, table 68). */
const PARAMETERS = [1, 3, 4, 5, 7];

type Curve = (value: number) => number;

const clip = (light: number) => Math.min(1, Math.max(0, light));

function readTable(view: DataView): Curve | null {
  const count = view.getUint32(HEAD);
  const at = HEAD + 4;
  if (count === 0) return (value) => value;
  if (count > MAX_TABLE || at + 2 * count > view.byteLength) return null;
  if (count === 1) {
    const gamma = view.getUint16(at) / 256;
    return (value) => value ** gamma;
  }
  return (value) => {
    const place = value * (count - 1);
    const below = Math.min(Math.floor(place), count - 2);
    const [low, high] = [view.getUint16(at + 2 * below), view.getUint16(at + 2 * below + 2)];
    return (low + (high - low) * (place - below)) / 65_535;
  };
}

/** All types are the last one, y = (a x + b)^g + e from d on and c x + f below, with parts left out. */
function readFunction(view: DataView): Curve | null {
  const type = view.getUint16(HEAD);
  const count = PARAMETERS[type];
  const at = HEAD + 4;
  if (count === undefined || at + 4 * count > view.byteLength) return null;
  const parameter = (i: number, otherwise: number) =>
    i < count ? view.getInt32(at + 4 * i) / 65_536 : otherwise;
  const [g, a, b] = [parameter(0, 1), parameter(1, 1), parameter(2, 0)];
  const offset = type === 2 ? parameter(3, 0) : 0;
  const d = type === 1 || type === 2 ? -b / a : parameter(4, 0);
  const c = type > 2 ? parameter(3, 0) : 0;
  const [e, f] = type === 2 ? [offset, offset] : [parameter(5, 0), parameter(6, 0)];
  return (value) => (value >= d ? Math.max(0, a * value + b) ** g + e : c * value + f);
}

/**
 * The light of each of 256 levels by a tag of type `curv` or `para` (ICC.1:2022, 10.6 and 10.18).
 *
 * @returns null where it is of another type, damaged, or does not rise
 */
export function readCurve(tag: Uint8Array): Float64Array | null {
  if (tag.length < HEAD + 4) return null;
  const view = new DataView(tag.buffer, tag.byteOffset, tag.byteLength);
  const type = String.fromCharCode(...tag.subarray(0, 4));
  const curve = type === "curv" ? readTable(view) : type === "para" ? readFunction(view) : null;
  if (!curve) return null;
  const light = Float64Array.from({ length: 256 }, (_, level) => clip(curve(level / 255)));
  return light[255]! > light[0]! ? light : null;
}

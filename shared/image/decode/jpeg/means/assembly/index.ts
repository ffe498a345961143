/**
 * The first coefficients of a JPEG's blocks, their means, without the others. The caller lays out the memory
 * from `heapBase` on.
 */
import { buffer, buffered, leave, open, refill, restart, take } from "./bits";
import { look, skip, TABLE_BYTES } from "./tables";
export { makeTable } from "./tables";

export const heapBase: usize = __heap_base;
export const tableBytes: usize = TABLE_BYTES;

/** The blocks of a component in a scan. */
@unmanaged
class Component {
  /** Blocks in a unit of the scan. */
  across: u32;
  down: u32;
  /** Blocks from one row to the next. */
  columns: u32;
  /** [rows, columns] int16. */
  values: usize;
  first: usize;
  /** The table of the other coefficients; 0 where they are in other scans. */
  others: usize;
  /** The first coefficient of the block before. */
  previous: i32;
}

/** What to read (T.81, A.2 and B.2.3): units of one or several components' blocks, row by row. */
@unmanaged
class Scan {
  at: usize;
  end: usize;
  columns: u32;
  rows: u32;
  /** Units from one restart marker to the next; 0 for none. */
  restartInterval: u32;
  /** Lower bits that other scans bring (G.1.2.1), and whether this one does. */
  shift: i32;
  refines: u32;
  components: u32;
}

/** A first coefficient (F.2.2.1), less the one before. */
function readFirst(table: usize): i32 {
  if (buffered < 32) refill();
  const entry = look(table, buffer, buffered);
  leave(buffer, buffered - <i32>((entry >> 8) & 0xff));
  const size = <i32>(entry & 0xff);
  if (size == 0) return 0;
  const value = <i32>take(size);
  return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

/** Goes past the coefficients of a block from its second on (F.2.2.2): most of a picture's data. */
function skipOthers(table: usize): void {
  let bits = buffer;
  let count = buffered;
  for (let place: u32 = 1; place < 64;) {
    if (count < 32) {
      leave(bits, count);
      refill();
      bits = buffer;
      count = buffered;
    }
    const skipped = skip(table, bits, count, place);
    count -= <i32>(skipped & 0xff);
    place = skipped >> 8;
  }
  leave(bits, count);
}

function readBlock(component: Component, values: usize, scan: Scan): void {
  if (scan.refines) {
    store<i16>(values, load<i16>(values) | (<i16>(take(1) << scan.shift)));
    return;
  }
  component.previous += readFirst(component.first);
  store<i16>(values, <i16>(component.previous << scan.shift));
  if (component.others) skipOthers(component.others);
}

function readUnit(scan: Scan, components: usize, column: u32, row: u32): void {
  for (let i: u32 = 0; i < scan.components; i++) {
    const component = changetype<Component>(components + i * offsetof<Component>());
    const across = component.across;
    const down = component.down;
    for (let y: u32 = 0; y < down; y++) {
      const block = (row * down + y) * component.columns + column * across;
      const values = component.values + ((<usize>block) << 1);
      for (let x: u32 = 0; x < across; x++) readBlock(component, values + ((<usize>x) << 1), scan);
    }
  }
}

/** @param at a scan and then its components, of 32-bit fields */
export function read(at: usize): void {
  const scan = changetype<Scan>(at);
  const components = at + offsetof<Scan>();
  open(scan.at, scan.end);
  let left = scan.restartInterval;
  for (let row: u32 = 0; row < scan.rows; row++) {
    for (let column: u32 = 0; column < scan.columns; column++) {
      if (scan.restartInterval && left == 0) {
        restart();
        left = scan.restartInterval;
        for (let i: u32 = 0; i < scan.components; i++) {
          changetype<Component>(components + i * offsetof<Component>()).previous = 0;
        }
      }
      left--;
      readUnit(scan, components, column, row);
    }
  }
}

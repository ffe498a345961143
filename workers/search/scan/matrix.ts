import { collectionDensity } from "../../../shared/pddm/density.ts";
import { quantizeQuery } from "./codes.ts";
import { Densities, type Surroundings, type Tally } from "./densities.ts";
import { openKernel, type Kernel } from "./kernel.ts";
import { blockOf, layoutOf, SLOTS, type Layout } from "./layout.ts";
import { SlotSet } from "./slots.ts";

/** The `count` items with the largest inner products with a query. */
export interface Selection {
  /** Position among the queries of the scan. */
  query: number;
  /** Ranks by 2 z.z' - r' instead, in a local space. */
  corrected: boolean;
  count: number;
  /** Only these; without it all. */
  wanted?: SlotSet;
}

/** Most queries of a scan, which then reads the codes once for all. */
export const MAX_QUERIES = 4;

const PAGE = 65_536;
/** Memory grows by so much at once. */
const GROWTH = 16 * PAGE;

/** Bytes of a selection, and of an item of a heap, in the kernel. */
const SELECTION = 24;
const HEAP_ITEM = 8;

/** Smaller changes of what surroundings add to densities are not worth the time for all items. */
const NOTABLE = 0.005;

/** What surroundings add to densities, for nearest and for a shift. */
const effects = ({ others, shift }: Surroundings): number[] =>
  [1, shift].map((value) => collectionDensity(value, 0, others, 0));

/** The vectors of a shard in one version, in WebAssembly memory, with 8 bits a number. */
export class Matrix {
  /** Items in it. */
  items = 0;
  /** Of the densities, in a local space. */
  tally: Tally = { settled: 0, drift: 0, outdated: 0 };

  private readonly memory = new WebAssembly.Memory({ initial: 1 });
  private readonly kernel: Kernel;
  private readonly layout: Layout;
  private numBlocks = 0;
  /** Outdated items of each block. */
  private readonly outdatedIn: number[] = [];
  /** As the bias has them. */
  private around: Surroundings = { others: 0, shift: 0 };

  constructor(
    width: number,
    private readonly local: boolean,
    useRelaxed?: boolean,
  ) {
    this.kernel = openKernel(this.memory, useRelaxed);
    this.layout = layoutOf(width, local);
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** No slots yet, to add those of a selection. */
  noSlots(): SlotSet {
    return new SlotSet(this.numBlocks);
  }

  /** Sets codes and scales of a block. */
  setCodes(block: number, codes: ArrayBuffer): void {
    this.extendTo(block + 1);
    const { stride, codesBytes, blockBytes } = this.layout;
    this.items -= this.itemsOf(block);
    new Uint8Array(this.memory.buffer, block * blockBytes, codesBytes).set(new Uint8Array(codes));
    this.items += this.itemsOf(block);
    this.kernel.prepare(block * blockBytes, stride);
  }

  /** In a local space, sets the densities of a block. */
  setDensities(block: number, densities: ArrayBuffer): void {
    this.extendTo(block + 1);
    this.count(block, -1);
    const at = block * this.layout.blockBytes + this.layout.densities;
    new Uint8Array(this.memory.buffer, at).set(new Uint8Array(densities));
    this.count(block, 1);
    this.setBias(block);
  }

  /** In a local space, says how many other items the collection has. */
  setOthers(others: number): void {
    if (!this.local) return;
    const next = this.surroundings(others);
    const before = effects(this.around);
    if (effects(next).every((effect, i) => Math.abs(effect - before[i]!) < NOTABLE)) return;
    this.around = next;
    for (let block = 0; block < this.numBlocks; block++) this.setBias(block);
  }

  /** In a local space, what is known of the nearest of the item in a slot, and its density. */
  densityAt(slot: number, others: number): { nearest: number | null; density: number } {
    const densities = this.densitiesOf(blockOf(slot));
    return {
      nearest: densities.nearestOf(slot % SLOTS),
      density: densities.density(slot % SLOTS, this.surroundings(others)),
    };
  }

  /** Slots of items whose nearest are to be found. */
  *outdatedSlots(): Generator<number> {
    for (const [block, count] of this.outdatedIn.entries()) {
      if (!count) continue;
      const densities = this.densitiesOf(block);
      for (let slot = 0; slot < SLOTS; slot++) {
        if (densities.isOutdated(slot)) yield block * SLOTS + slot;
      }
    }
  }

  /** Blocks with items whose nearest were found when the collection had another size by more than `tolerance`. */
  resizedBlocks(items: number, tolerance: number): number[] {
    const blocks = Array.from({ length: this.numBlocks }, (_, block) => block);
    return blocks.filter((block) => {
      const at = block * this.layout.blockBytes + this.layout.densities;
      return new Densities(this.memory.buffer.slice(at, at + 3 * SLOTS * 4)).markResized(
        items,
        tolerance,
      );
    });
  }

  /** @returns for each selection the slots it found, the best first, at most as many as asked for */
  scan(queries: Float32Array[], selections: Selection[]): number[][] {
    const { stride, blockBytes } = this.layout;
    const counts = selections.map(({ count }) => Math.min(count, this.items));
    // After the blocks: queries, scores, selections, and for each of these a set and a heap.
    const scoresAt = this.numBlocks * blockBytes + queries.length * stride;
    const selectionsAt = scoresAt + queries.length * SLOTS * 4;
    let end = selectionsAt + selections.length * SELECTION;
    const take = (bytes: number) => {
      const at = Math.ceil(end / 8) * 8;
      end = at + bytes;
      return at;
    };
    const places = selections.map(({ wanted }, i) => ({
      wanted: wanted ? take(wanted.words.byteLength) : 0,
      heap: take(counts[i]! * HEAP_ITEM),
    }));
    this.growTo(end);

    const view = new DataView(this.memory.buffer);
    const scales = queries.map((query, i) => {
      const at = this.numBlocks * blockBytes + i * stride;
      return quantizeQuery(query, new Uint8Array(this.memory.buffer, at, stride));
    });
    const asked = selections.map((_, i) => i).filter((i) => counts[i]! > 0);
    for (const [position, i] of asked.entries()) {
      const { query, corrected, wanted } = selections[i]!;
      const at = selectionsAt + position * SELECTION;
      view.setInt32(at, query, true);
      view.setFloat32(at + 4, corrected ? 2 * scales[query]! : scales[query]!, true);
      view.setInt32(at + 8, corrected ? 1 : 0, true);
      view.setUint32(at + 12, places[i]!.wanted, true);
      view.setUint32(at + 16, places[i]!.heap, true);
      view.setInt32(at + 20, counts[i]!, true);
      if (wanted) {
        const { length } = wanted.words;
        new Uint32Array(this.memory.buffer, places[i]!.wanted, length).set(wanted.words);
      }
    }
    this.kernel.scan(
      0,
      blockBytes,
      this.numBlocks,
      stride,
      this.numBlocks * blockBytes,
      queries.length,
      scoresAt,
      selectionsAt,
      asked.length,
    );
    return places.map(({ heap }, i) => {
      const found = Array.from({ length: counts[i]! }, (_, item) => {
        const at = heap + item * HEAP_ITEM;
        return { value: view.getFloat32(at, true), slot: view.getInt32(at + 4, true) };
      });
      const sorted = found.filter(({ slot }) => slot >= 0).sort((a, b) => b.value - a.value);
      return sorted.map(({ slot }) => slot);
    });
  }

  private extendTo(blocks: number): void {
    if (blocks <= this.numBlocks) return;
    const { blockBytes, stride, densities } = this.layout;
    const from = this.numBlocks * blockBytes;
    this.growTo(blocks * blockBytes);
    // Scans have left their working memory there.
    new Uint8Array(this.memory.buffer, from, blocks * blockBytes - from).fill(0);
    for (let block = this.numBlocks; block < blocks; block++) {
      this.kernel.prepare(block * blockBytes, stride);
      if (!this.local) continue;
      new Float32Array(this.memory.buffer, block * blockBytes + densities, 3 * SLOTS).fill(NaN);
    }
    this.numBlocks = blocks;
  }

  private growTo(end: number): void {
    if (end <= this.bytes) return;
    this.memory.grow(Math.ceil(Math.max(end - this.bytes, GROWTH) / PAGE));
  }

  /** The shift is that of the items here, of which there are enough for it. */
  private surroundings(others: number): Surroundings {
    const { settled, drift } = this.tally;
    return { others, shift: settled < 2 ? 0 : drift / settled };
  }

  private itemsOf(block: number): number {
    const at = block * this.layout.blockBytes + this.layout.scales;
    return new Float32Array(this.memory.buffer, at, SLOTS).reduce(
      (items, scale) => items + (scale === 0 ? 0 : 1),
      0,
    );
  }

  private densitiesOf(block: number): Densities {
    const at = block * this.layout.blockBytes + this.layout.densities;
    return new Densities(this.memory.buffer, at);
  }

  /** Adds what a block has to the counts, or removes it from them. */
  private count(block: number, sign: 1 | -1): void {
    const { settled, drift, outdated } = this.densitiesOf(block).tally();
    this.tally.settled += sign * settled;
    this.tally.drift += sign * drift;
    this.tally.outdated += sign * outdated;
    this.outdatedIn[block] = (this.outdatedIn[block] ?? 0) + sign * outdated;
  }

  private setBias(block: number): void {
    const densities = this.densitiesOf(block);
    const at = block * this.layout.blockBytes + this.layout.bias;
    const bias = new Float32Array(this.memory.buffer, at, SLOTS);
    for (let slot = 0; slot < SLOTS; slot++) {
      bias[slot] = densities.has(slot) ? -densities.density(slot, this.around) : 0;
    }
  }
}

import type { Vector } from "../../protocol/vector.ts";
import { Codes } from "../scan/codes.ts";
import { Densities } from "../scan/densities.ts";
import { blockOf, SLOTS } from "../scan/layout.ts";
import type { Matrix } from "../scan/matrix.ts";
import type { StoredSpace } from "./settings.ts";
import { keyOf } from "./tables.ts";

/** What the scan looks at: a place in a local space, else an embedding. */
export function scannedOf(space: StoredSpace, vector: Vector): Float32Array {
  if (!space.local) return vector.embedding;
  if (vector.place) return vector.place;
  throw new Error(`a vector of version ${space.version} lacks its place`);
}

/** Changes to the blocks of a space, which are written together. */
export class Edit {
  private readonly codes = new Map<number, Codes>();
  private readonly densities = new Map<number, Densities>();

  constructor(
    private readonly sql: SqlStorage,
    readonly space: StoredSpace,
  ) {}

  put(slot: number, vector: Vector): void {
    this.codesOf(slot).put(slot % SLOTS, scannedOf(this.space, vector));
    if (!this.space.local) return;
    if (vector.reference === undefined) {
      throw new Error(`a vector of version ${this.space.version} lacks its density`);
    }
    this.densitiesOf(slot).put(slot % SLOTS, vector.reference);
  }

  clear(slot: number): void {
    this.codesOf(slot).clear(slot % SLOTS);
    if (this.space.local) this.densitiesOf(slot).clear(slot % SLOTS);
  }

  /** The densities of the slot's block, to be changed. */
  densitiesOf(slot: number): Densities {
    const block = blockOf(slot);
    let densities = this.densities.get(block);
    if (!densities) {
      densities = new Densities(this.stored("densities", block));
      this.densities.set(block, densities);
    }
    return densities;
  }

  /** Writes the changed blocks to the database. */
  write(): void {
    for (const [block, { buffer }] of this.codes) this.store("codes", block, buffer);
    for (const [block, { buffer }] of this.densities) this.store("densities", block, buffer);
  }

  /** Does the same in memory. */
  applyTo(matrix: Matrix): void {
    for (const [block, { buffer }] of this.codes) matrix.setCodes(block, buffer);
    for (const [block, { buffer }] of this.densities) matrix.setDensities(block, buffer);
  }

  private codesOf(slot: number): Codes {
    const block = blockOf(slot);
    let codes = this.codes.get(block);
    if (!codes) {
      codes = new Codes(this.space.width, this.stored("codes", block));
      this.codes.set(block, codes);
    }
    return codes;
  }

  private stored(table: "codes" | "densities", block: number): ArrayBuffer | undefined {
    const key = keyOf(this.space.space, block);
    const [row] = this.sql.exec<{ bytes: ArrayBuffer }>(
      `SELECT bytes FROM ${table} WHERE key = ?`,
      key,
    );
    return row?.bytes;
  }

  private store(table: "codes" | "densities", block: number, bytes: ArrayBuffer): void {
    const key = keyOf(this.space.space, block);
    this.sql.exec(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`, key, bytes);
  }
}

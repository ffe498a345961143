import { resident } from "../resident.ts";
import { Matrix } from "../scan/matrix.ts";
import type { StoredSpace } from "./settings.ts";
import { keysOf, positionOf } from "./tables.ts";

type BlockRow = { key: number; bytes: ArrayBuffer };

/** The matrices of a shard that are in memory, by the numbers of their spaces. */
export class Matrices {
  private readonly loaded = new Map<number, Matrix>();

  /** @param limit bytes of all matrices in this isolate */
  constructor(
    private readonly sql: SqlStorage,
    private readonly limit: number,
  ) {}

  /** The matrix, which is read from the database if it is not in memory. */
  of(space: StoredSpace): Matrix {
    const matrix = this.loaded.get(space.space) ?? this.load(space);
    this.loaded.set(space.space, matrix);
    resident.use(matrix, () => this.loaded.delete(space.space), this.limit);
    return matrix;
  }

  /** The matrix if it is in memory. */
  peek({ space }: StoredSpace): Matrix | undefined {
    return this.loaded.get(space);
  }

  /** Forgets what is in memory, which may not be what the database holds. */
  clear(): void {
    for (const matrix of this.loaded.values()) resident.forget(matrix);
    this.loaded.clear();
  }

  private load({ space, width, local }: StoredSpace): Matrix {
    const matrix = new Matrix(width, local);
    for (const { key, bytes } of this.blocks("codes", space)) {
      matrix.setCodes(positionOf(key), bytes);
    }
    for (const { key, bytes } of this.blocks("densities", space)) {
      matrix.setDensities(positionOf(key), bytes);
    }
    return matrix;
  }

  private blocks(table: "codes" | "densities", space: number) {
    return this.sql.exec<BlockRow>(
      `SELECT key, bytes FROM ${table} WHERE key BETWEEN ? AND ? ORDER BY key`,
      ...keysOf(space),
    );
  }
}

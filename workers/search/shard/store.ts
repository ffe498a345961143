import type { Matrix } from "../scan/matrix.ts";
import { Edit } from "./edit.ts";
import { Matrices } from "./matrices.ts";
import { readSettings, type Settings, type StoredSpace } from "./settings.ts";

/** What a call sees of the shard, and changes, all or nothing. */
export interface Call {
  readonly sql: SqlStorage;
  readonly settings: Settings;
  /** The matrix of a space, as it was before the call. */
  matrixOf(space: StoredSpace): Matrix;
  /** The same if it is in memory. */
  peek(space: StoredSpace): Matrix | undefined;
  /** The space's blocks, to be changed. */
  edit(space: StoredSpace): Edit;
}

/** The database of a shard and its matrices in memory, which say the same. */
export class Store {
  private readonly matrices: Matrices;

  /** @param matrixBytes limit of memory of all matrices in this isolate */
  constructor(
    private readonly storage: DurableObjectStorage,
    matrixBytes: number,
  ) {
    this.matrices = new Matrices(storage.sql, matrixBytes);
  }

  /** Runs a call as one transaction. @returns null if the shard has not been set up */
  call<T>(work: (call: Call) => T): T | null {
    const { sql } = this.storage;
    const settings = readSettings(sql);
    if (!settings) return null;
    const edits = new Map<number, Edit>();
    const edit = (space: StoredSpace) => {
      const begun = edits.get(space.space) ?? new Edit(sql, space);
      edits.set(space.space, begun);
      return begun;
    };
    const matrixOf = (space: StoredSpace) => this.matrices.of(space);
    const peek = (space: StoredSpace) => this.matrices.peek(space);
    try {
      const result = this.storage.transactionSync(() => {
        const answer = work({ sql, settings, matrixOf, peek, edit });
        for (const begun of edits.values()) begun.write();
        return answer;
      });
      for (const begun of edits.values()) {
        const matrix = peek(begun.space);
        if (matrix) begun.applyTo(matrix);
      }
      return result;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** Forgets what is in memory. */
  forget(): void {
    this.matrices.clear();
  }
}

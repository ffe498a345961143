/** An instance of a codec's WebAssembly. */
export interface Instance {
  readonly heapBytes: number;
}

/** A larger heap is left to the garbage collector, for it never shrinks. */
const HEAP_LIMIT = 24 * 2 ** 20;

/**
 * An instance that is made when it is first needed and kept. One that failed is dropped: it may be in any
 * state, and it leaves its memory allocated, so that broken pictures would fill the isolate.
 */
export class Kept<T extends Instance> {
  private instance: T | undefined;
  /** One with a large heap, which is used again until it is collected: beside another it would take twice as much. */
  private large: WeakRef<T> | undefined;

  constructor(private readonly open: () => T) {}

  get heapBytes(): number {
    return this.instance?.heapBytes ?? 0;
  }

  use<R>(work: (instance: T) => R): R {
    const instance = this.instance ?? this.large?.deref() ?? this.open();
    this.instance = this.large = undefined;
    const result = work(instance);
    if (instance.heapBytes <= HEAP_LIMIT) this.instance = instance;
    else this.large = new WeakRef(instance);
    return result;
  }
}

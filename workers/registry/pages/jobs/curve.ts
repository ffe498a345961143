export interface Point {
  /** The step. */
  x: number;
  y: number;
}

/** A figure over the steps of a job. */
export class Curve {
  private readonly list: Point[] = [];

  get points(): readonly Point[] {
    return this.list;
  }

  /** Adds the value at a step. A job that goes on from a checkpoint does steps again: they replace those before. */
  add(x: number, y: number): void {
    while ((this.list.at(-1)?.x ?? -Infinity) >= x) this.list.pop();
    this.list.push({ x, y });
  }

  /** Index of the point whose step is nearest; -1 without points. */
  nearest(x: number): number {
    const distances = this.list.map((point) => Math.abs(point.x - x));
    return distances.indexOf(Math.min(...distances));
  }
}

const STEPS = [1, 2, 5, 10];

/** Round numbers at equal distances, from at most `low` to at least `high`: `most` or fewer. */
export function ticks(low: number, high: number, most: number): number[] {
  const span = high - low || Math.abs(low) || 1;
  const exact = span / (most - 2);
  const power = 10 ** Math.floor(Math.log10(exact));
  const step = power * (STEPS.find((it) => it * power >= exact) ?? 10);
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
  // The quotient of integers has no error of many additions.
  return Array.from({ length: Math.max(2, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

import { type Random, sampleBelow, seededRandom } from "../../random.ts";

/** Pairs of items by position, and whether they are of one class. */
export interface LabelledPairs {
  a: Int32Array;
  b: Int32Array;
  same: boolean[];
}

/** Pairs of one kind, numbered without being listed. */
interface Numbered {
  /** How many pairs each class has. */
  sizes: number[];
  /** A pair of a class, by its number there. */
  pairOf: (label: number, number: number) => [number, number];
}

const MAX_POSITIVES = 20_000;

/** Positions of the items of each class. */
function membersOf(labels: ArrayLike<number>): number[][] {
  const members = new Map<number, number[]>();
  for (let item = 0; item < labels.length; item++) {
    const known = members.get(labels[item]!);
    if (known) known.push(item);
    else members.set(labels[item]!, [item]);
  }
  return [...members.values()];
}

/** Pairs of one class: number j (j - 1) / 2 + i is that of the members i and j, i < j. */
function sameClass(members: readonly number[][]): Numbered {
  const sizes = members.map(({ length }) => (length * (length - 1)) / 2);
  const pairOf = (label: number, number: number): [number, number] => {
    // Rounding may put the root a little below a whole number, or on it.
    let j = Math.ceil((1 + Math.sqrt(1 + 8 * number)) / 2);
    while ((j * (j - 1)) / 2 > number) j--;
    return [members[label]![number - (j * (j - 1)) / 2]!, members[label]![j]!];
  };
  return { sizes, pairOf };
}

/** Pairs of two classes, those of a class being with items of the classes after it. */
function differentClasses(members: readonly number[][]): Numbered {
  const items = members.flat();
  let end = 0;
  const ends = members.map(({ length }) => (end += length));
  const after = ends.map((it) => items.length - it);
  const pairOf = (label: number, number: number): [number, number] => [
    members[label]![Math.floor(number / after[label]!)]!,
    items[ends[label]! + (number % after[label]!)]!,
  ];
  return { sizes: members.map(({ length }, label) => length * after[label]!), pairOf };
}

/** At most `count` pairs, each set of them as likely. */
function draw({ sizes, pairOf }: Numbered, count: number, random: Random): [number, number][] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const numbers = sampleBelow(total, Math.min(count, total), random).sort((x, y) => x - y);
  let label = 0;
  let start = 0;
  return numbers.map((number) => {
    while (number >= start + sizes[label]!) start += sizes[label++]!;
    return pairOf(label, number - start);
  });
}

/**
 * Same-class pairs, all or 20,000 at random, and as many different-class pairs, or all where there are
 * fewer. No pair comes twice.
 *
 * @param labels the class of each item
 */
export function samplePairs(labels: ArrayLike<number>, seed: number): LabelledPairs {
  const random = seededRandom(seed, labels.length);
  const members = membersOf(labels);
  const positives = draw(sameClass(members), MAX_POSITIVES, random);
  const negatives = draw(differentClasses(members), positives.length, random);
  const pairs = [...positives, ...negatives];
  return {
    a: Int32Array.from(pairs, ([i]) => i),
    b: Int32Array.from(pairs, ([, j]) => j),
    same: pairs.map((_, at) => at < positives.length),
  };
}

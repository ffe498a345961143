/**
 * The mean over classes of each class's own mean, so that a class of many items weighs no more than
 * one of few.
 *
 * @param values one of each item
 * @param labels the class of each item
 * @returns 0 without items
 */
export function averagePerClass(values: ArrayLike<number>, labels: ArrayLike<number>): number {
  const sums = new Map<number, { sum: number; count: number }>();
  for (let item = 0; item < labels.length; item++) {
    const { sum, count } = sums.get(labels[item]!) ?? { sum: 0, count: 0 };
    sums.set(labels[item]!, { sum: sum + values[item]!, count: count + 1 });
  }
  let total = 0;
  for (const { sum, count } of sums.values()) total += sum / count;
  return sums.size === 0 ? 0 : total / sums.size;
}

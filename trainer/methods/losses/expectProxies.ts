/**
 * Checks that every label is a row of the proxies.
 *
 * @param count number of proxies
 * @throws RangeError for a label without a proxy
 */
export function expectProxies(labels: readonly number[], count: number): void {
  const stray = labels.find((label) => !Number.isInteger(label) || label < 0 || label >= count);
  if (stray === undefined) return;
  throw new RangeError(
    `label ${stray} has no proxy: there are ${count}, for labels 0 to ${count - 1}`,
  );
}

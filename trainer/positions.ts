/**
 * Looks up where each key stands in a list.
 *
 * @param keys distinct
 * @returns the position of a key; it throws an Error for one that is not in the list
 */
export function positionIn<Key extends string | number>(
  keys: readonly Key[],
): (key: Key) => number {
  const positions = new Map(keys.map((key, at) => [key, at]));
  return (key) => {
    const at = positions.get(key);
    if (at === undefined) throw new Error(`"${key}" is none of the ${positions.size} known`);
    return at;
  };
}

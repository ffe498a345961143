/**
 * Makes a function that looks up the position of a key in a list.
 *
 * @param keys distinct
 * @returns gives the position of a key, and throws an Error for a key that is not in the list
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

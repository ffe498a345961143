/**
 * Every combination of values, one of each list. The values of the first list change least often.
 *
 * @param lists by name; none may be empty
 */
export const grid = <T>(lists: Record<string, readonly T[]>): Record<string, T>[] =>
  Object.entries(lists).reduce<Record<string, T>[]>(
    (rows, [name, values]) =>
      rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );

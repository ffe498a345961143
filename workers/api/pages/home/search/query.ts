/** A picture of the user, or an item of the collection. `name` is shown. */
export type Example =
  { kind: "picture"; name: string; file: File } | { kind: "item"; name: string; id: string };

/** What a search looks for: what is like the positives and unlike the negatives. */
export interface Query {
  readonly positives: readonly Example[];
  readonly negatives: readonly Example[];
}

export const EMPTY: Query = { positives: [], negatives: [] };

export const onlyLike = (example: Example): Query => ({ positives: [example], negatives: [] });

const isSame = (a: Example, b: Example) =>
  a.kind === "item" && b.kind === "item" ? a.id === b.id : a === b;

/** The query without an example. Nothing is left if no positive is. */
export function without({ positives, negatives }: Query, example: Example): Query {
  const keep = (list: readonly Example[]) => list.filter((other) => !isSame(other, example));
  const left = keep(positives);
  return left.length === 0 ? EMPTY : { positives: left, negatives: keep(negatives) };
}

/** The query with one more example. */
export function adding(query: Query, side: keyof Query, example: Example): Query {
  return { ...query, [side]: [...query[side].filter((it) => !isSame(it, example)), example] };
}

import { compareKeys } from "../../../shared/compareKeys.ts";
import type { Pair } from "../../protocol/collection.ts";

/** Items that are linked by pairs. */
export interface Group {
  items: string[];
  /** The highest of a pair. */
  probability: number;
}

/** The groups that pairs link, the most alike first: the connected components, by union and find. */
export function groupsOf(pairs: Pair[]): Group[] {
  const parents = new Map<string, string>();
  const rootOf = (id: string): string => {
    let root = id;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) {
      root = parent;
    }
    // Whoever asks next finds it in one step.
    for (let at = id; at !== root;) {
      const parent = parents.get(at) ?? root;
      parents.set(at, root);
      at = parent;
    }
    return root;
  };
  for (const { a, b } of pairs) {
    const [first, second] = [rootOf(a), rootOf(b)];
    if (first !== second) parents.set(second, first);
  }
  const groups = new Map<string, { items: Set<string>; probability: number }>();
  for (const { a, b, probability } of pairs) {
    const root = rootOf(a);
    const group = groups.get(root) ?? { items: new Set(), probability: 0 };
    group.items.add(a).add(b);
    group.probability = Math.max(group.probability, probability);
    groups.set(root, group);
  }
  return Array.from(groups.values(), ({ items, probability }) => ({
    items: [...items].sort(compareKeys),
    probability,
  })).sort((x, y) => y.probability - x.probability || compareKeys(x.items[0]!, y.items[0]!));
}

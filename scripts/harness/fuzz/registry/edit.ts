import fc from "fast-check";
import { anyScalar, nastyNumber, nastyText } from "../nasty.ts";

/** A change of one of the parts of a JSON value. They are counted from outside in, and around. */
export type Edit = { at: number } & (
  { put: unknown } | { drop: true } | { key: string; value: unknown } | { times: number }
);

const nested = (depth: number) => JSON.parse("[".repeat(depth) + "]".repeat(depth)) as unknown;

const ODD = [
  ...["NaN", "Infinity", "-1", "1", "1e999", "0x10", "true", null, true, [], {}, [[]], nested(31)],
  ...[nested(40), -1, 0, 1.5, 2 ** 53, 2 ** 63, "../../steady", "b".repeat(64), "0".repeat(12)],
  ...["0123456789abcdef", { __proto__: null, constructor: { prototype: 1 } }, "\u202e", "a\nb"],
];

const value = fc.oneof(fc.constantFrom<unknown>(...ODD), anyScalar, nastyNumber, nastyText);

export const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ at: fc.nat(60), put: value }) },
  { weight: 2, arbitrary: fc.record({ at: fc.nat(60), drop: fc.constant(true as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.nat(60),
      key: fc.oneof(fc.constantFrom("__proto__", "constructor", "0", ""), nastyText),
      value,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ at: fc.nat(60), times: fc.constantFrom(2, 3, 101, 1001, 20_001) }),
  },
);

/** Mostly none: what is all right goes deepest. */
export const edits = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Edit[]>([]) },
  { weight: 2, arbitrary: fc.array(edit, { minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.array(edit, { minLength: 2, maxLength: 4 }) },
);

type Holder = Record<string, unknown>;

const isHolder = (value: unknown): value is Holder => typeof value === "object" && value !== null;

/** Every part of a value, with what holds it. */
function parts(holder: Holder): { holder: Holder; key: string }[] {
  return Object.keys(holder).flatMap((key) => {
    const part = holder[key];
    return [{ holder, key }, ...(isHolder(part) ? parts(part) : [])];
  });
}

const set = (holder: Holder, key: string, value: unknown) =>
  // An assignment to __proto__ would add nothing.
  Object.defineProperty(holder, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });

/** What would have more items, or twice as many characters, is not made longer. */
const MOST = 100_000;

function applyOne(root: Holder, what: Edit): void {
  const all = parts(root);
  const { holder, key } = all[what.at % all.length]!;
  if ("put" in what) set(holder, key, what.put);
  else if ("drop" in what) delete holder[key];
  else if ("key" in what) {
    const part = holder[key];
    if (isHolder(part) && !Array.isArray(part)) set(part, what.key, what.value);
  } else {
    const part = holder[key];
    if (Array.isArray(part) && part.length * what.times < MOST) {
      holder[key] = Array.from({ length: what.times }, () => part as unknown[]).flat();
    } else if (typeof part === "string" && part.length * what.times < 2 * MOST) {
      holder[key] = part.repeat(what.times);
    }
  }
}

/** @returns a changed copy */
export function applyEdits(value: unknown, all: readonly Edit[]): unknown {
  const root: Holder = { value: JSON.parse(JSON.stringify(value)) as unknown };
  for (const what of all) {
    // A value of no parts is no longer there to be changed.
    if (Object.keys(root).length > 0) applyOne(root, what);
  }
  return root.value;
}

import fc from "fast-check";
import { numbers } from "./bodyCase.ts";
import { anyScalar, mostly, nastyNumber, nastyText } from "./nasty.ts";

/** A request of a collection. Few names, so that later ones meet what earlier ones have made. */
export interface CollectionCase {
  method: string;
  path: string;
  /** JSON, or nothing. */
  body: string;
}

const NAMES = ["first", "second", "small"];
const IDS = ["a", "b/c.jpg", "\u{1F600}", "d ".repeat(20)];
const KEYS = ["label", "price", "tags", "k".repeat(64), "__proto__"];

const id = mostly(fc.constantFrom(...IDS), nastyText);
const scalar = fc.oneof(fc.constantFrom("x", "y", 1, 2.5, true), nastyText, nastyNumber);

const metadata = fc.dictionary(
  mostly(fc.constantFrom(...KEYS), nastyText).map(String),
  mostly(fc.oneof(scalar, fc.array(fc.constantFrom("x", "y"))), fc.jsonValue({ maxDepth: 2 })),
  { maxKeys: 3 },
);

const operators = fc.record(
  {
    $eq: scalar,
    $ne: scalar,
    $in: fc.array(scalar, { maxLength: 3 }),
    $nin: fc.array(scalar, { maxLength: 3 }),
    $lt: scalar,
    $lte: scalar,
    $gt: scalar,
    $gte: scalar,
    $odd: anyScalar,
  },
  { requiredKeys: [] },
);

const filter = fc.dictionary(
  mostly(fc.constantFrom(...KEYS), nastyText).map(String),
  mostly(fc.oneof(scalar, operators), fc.jsonValue({ maxDepth: 2 })),
  { maxKeys: 3 },
);

/** Bodies by method and the rest of the path. @param good images in base64 */
function bodies(
  good: readonly string[],
  dimensions: number,
): Record<string, fc.Arbitrary<unknown>> {
  const image = fc.constantFrom(...good);
  const embedding = numbers(dimensions);
  const item = fc.record(
    { id, image: mostly(image, nastyText), embedding, metadata: mostly(metadata, fc.jsonValue()) },
    { requiredKeys: ["id"] },
  );
  const example = fc.oneof(
    image,
    fc.record({ image }),
    fc.record({ embedding }),
    fc.record({ id }),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const examples = fc.array(example, { maxLength: 3 });
  const search = {
    query: fc.oneof(
      { weight: 3, arbitrary: example },
      { weight: 1, arbitrary: fc.record({ positives: examples, negatives: examples }) },
    ),
    top_k: mostly(fc.integer({ min: 1, max: 100 }), fc.oneof(nastyNumber, anyScalar)),
    filter: mostly(filter, fc.jsonValue()),
    group_by: mostly(fc.constantFrom(...KEYS), nastyText),
    min_probability: mostly(fc.constantFrom(0, 0.5, 1), fc.oneof(nastyNumber, anyScalar)),
    include: mostly(fc.subarray(["metadata", "embedding"]), fc.jsonValue({ maxDepth: 1 })),
  };
  return {
    "PUT ": fc.record(
      {
        capacity: mostly(fc.constantFrom(1, 5, 100_000), fc.oneof(nastyNumber, anyScalar)),
        store_images: mostly(fc.boolean(), anyScalar),
        prefix: mostly(fc.constantFrom(null, "a/"), nastyText),
        candidates: mostly(fc.constant("scan"), anyScalar),
        model: mostly(fc.constant(undefined), nastyText),
      },
      { requiredKeys: [] },
    ),
    "POST /items": fc.record({ items: mostly(fc.array(item, { maxLength: 5 }), fc.jsonValue()) }),
    "POST /search": fc.record(search, { requiredKeys: ["query"] }),
    "POST /duplicates": fc.record(
      { min_probability: mostly(fc.constantFrom(0, 0.9, 1), anyScalar) },
      { requiredKeys: [] },
    ),
  };
}

const RESTS = [
  ...["PUT ", "GET ", "GET /items", "POST /items", "POST /items", "POST /search", "POST /search"],
  ...[
    "POST /duplicates",
    "GET /duplicates",
    "POST /sync",
    "GET /errors",
    "GET /items/",
    "DELETE /items/",
  ],
  ...["DELETE ", "GET /nothing"],
];

const query = fc.oneof(
  { weight: 4, arbitrary: fc.constant("") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...["?limit=2", "?limit=0", "?limit=1e3", "?after=a", "?after=%00", "?include=embedding"],
      ...[
        "?include=metadata,embedding&top_k=3",
        "?top_k=%20",
        '?filter={"label":"x"}',
        "?filter={",
      ],
    ),
  },
  { weight: 1, arbitrary: fc.webQueryParameters({ size: "small" }).map((text) => `?${text}`) },
);

/** Percent-encodes what UTF-8 has; a half of a character is sent as a question mark. */
const encode = (text: string) => encodeURIComponent(text.replace(/\p{Cs}/gu, "?"));

export function collectionCase(
  good: readonly string[],
  dimensions: number,
): fc.Arbitrary<CollectionCase> {
  const all = bodies(good, dimensions);
  const name = mostly(fc.constantFrom(...NAMES), nastyText).map((it) => encode(String(it)));
  return fc.constantFrom(...RESTS).chain((route) => {
    const [method = "", rest = ""] = route.split(" ");
    const end = rest.endsWith("/") ? id.map((it) => rest + encode(String(it))) : fc.constant(rest);
    const sound = all[route] ?? fc.constant(undefined);
    return fc.record({
      method: fc.constant(method),
      path: fc
        .tuple(name, end, query)
        .map(([collection, tail, text]) =>
          `/collections/${collection}${tail}${text}`.slice(0, 8000),
        ),
      body: mostly(sound, fc.jsonValue()).map((value) => JSON.stringify(value) ?? ""),
    });
  });
}

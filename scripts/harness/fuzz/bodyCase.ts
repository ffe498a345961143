import fc from "fast-check";
import { brokenJson } from "./brokenJson.ts";
import { anyScalar, mostly, nastyNumber, nastyText } from "./nasty.ts";

/** A JSON body as text, which is nearly right or quite wrong. */
export interface BodyCase {
  route: string;
  query: string;
  json: string;
}

/** Lists of numbers like those of embeddings, and wrong ones. */
export const numbers = (dimensions: number): fc.Arbitrary<unknown[]> => {
  const waves = (count: number) =>
    fc.nat(1000).map((seed) => Array.from({ length: count }, (_, i) => Math.sin(seed + i)));
  const odd = fc.constantFrom(0, 1, dimensions - 1, dimensions + 1, 20_000).chain(waves);
  const same = nastyNumber.map((value) => Array.from<unknown>({ length: dimensions }).fill(value));
  const spoilt = fc.tuple(waves(dimensions), fc.nat(dimensions - 1), anyScalar);
  return fc.oneof(
    { weight: 6, arbitrary: waves(dimensions) },
    { weight: 1, arbitrary: odd },
    { weight: 1, arbitrary: same },
    {
      weight: 1,
      arbitrary: spoilt.map(([all, at, value]) => all.map((it, i) => (i === at ? value : it))),
    },
  );
};

/** Also lists around the Worker's limits of 32 images and 1,000 items. */
const manyOf = (value: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.array(value, { maxLength: 4 }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(value, fc.constantFrom(31, 32, 33, 999, 1000, 1001))
        .filter(([value]) => JSON.stringify(value).length < 3000)
        .map(([value, count]) => Array.from({ length: count }, () => value)),
    },
  );

/** @param good images in base64 */
function fields(
  good: readonly string[],
  dimensions: number,
): Record<string, fc.Arbitrary<unknown>> {
  const image = fc.constantFrom(...good);
  const item = fc.oneof(
    { weight: 16, arbitrary: image },
    { weight: 6, arbitrary: fc.record({ image }) },
    { weight: 3, arbitrary: numbers(dimensions).map((embedding) => ({ embedding })) },
    {
      weight: 1,
      arbitrary: fc.record(
        { image, embedding: fc.constant([1]), url: nastyText },
        { requiredKeys: [] },
      ),
    },
    { weight: 1, arbitrary: nastyText },
    { weight: 1, arbitrary: fc.record({ image: nastyText }) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
  const items = fc.oneof(item, manyOf(item));
  return {
    inputs: items,
    input: items,
    source: item,
    candidates: mostly(manyOf(item), item),
    pairs: manyOf(mostly(fc.tuple(item, item), fc.array(item, { maxLength: 3 }))),
    query: item,
    encoding_format: mostly(fc.constantFrom("float", "base64"), anyScalar),
    model: mostly(
      fc.constant("default"),
      fc.oneof(
        fc.constantFrom("nobody", "default@0123456789abcdef", "../../etc", "a@b@c", "a\0"),
        nastyText,
        anyScalar,
      ),
    ),
    dimensions: mostly(fc.constant(dimensions), fc.oneof(nastyNumber, anyScalar)),
    user: mostly(fc.string(), anyScalar),
    top_k: mostly(fc.integer({ min: 1, max: 5 }), fc.oneof(nastyNumber, anyScalar)),
    return_embeddings: mostly(fc.boolean(), anyScalar),
  };
}

/** The fields that each route takes. */
const BODIES: { route: string; needed: string[]; others: string[] }[] = [
  { route: "/embed", needed: ["inputs"], others: ["encoding_format"] },
  { route: "/similarity", needed: ["source", "candidates"], others: [] },
  { route: "/similarity", needed: ["pairs"], others: ["source"] },
  { route: "/rerank", needed: ["query", "candidates"], others: ["top_k", "return_embeddings"] },
  {
    route: "/v1/embeddings",
    needed: ["model", "input"],
    others: ["encoding_format", "dimensions", "user"],
  },
];

const queries = fc.oneof(
  { weight: 4, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("?model=nobody", "?model=", "?model=a&model=b", "?model=%ff%00"),
  },
  { weight: 1, arbitrary: fc.webQueryParameters({ size: "small" }).map((text) => `?${text}`) },
);

/**
 * @param good images in base64
 * @param dimensions of the model that answers
 */
export function bodyCase(good: readonly string[], dimensions: number): fc.Arbitrary<BodyCase> {
  const all = fields(good, dimensions);
  const field = (name: string) => {
    const values = all[name];
    if (!values) throw new Error(`no field is called "${name}"`);
    return values;
  };
  const pick = (names: string[]) => Object.fromEntries(names.map((name) => [name, field(name)]));
  const body = ({ needed, others }: (typeof BODIES)[number]): fc.Arbitrary<string> => {
    const own = pick([...needed, ...others]);
    const nearly = { ...own, extra: fc.jsonValue({ maxDepth: 2 }) };
    return fc
      .oneof(
        { weight: 4, arbitrary: fc.record(own, { requiredKeys: needed }) },
        { weight: 2, arbitrary: fc.record(nearly, { requiredKeys: [] }) },
        { weight: 1, arbitrary: fc.jsonValue() },
      )
      .map((value) => JSON.stringify(value));
  };
  return fc.constantFrom(...BODIES).chain((kind) =>
    fc.record({
      route: fc.constant(kind.route),
      query: queries,
      json: fc.oneof(
        { weight: 5, arbitrary: body(kind) },
        {
          weight: 1,
          arbitrary: fc.tuple(body(kind), brokenJson).map(([json, breaks]) => breaks(json)),
        },
      ),
    }),
  );
}

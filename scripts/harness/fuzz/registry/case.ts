import fc from "fast-check";
import { brokenJson } from "../brokenJson.ts";
import { type Damage, damage } from "../damage.ts";
import { nastyText } from "../nasty.ts";
import { type Edit, edits } from "./edit.ts";
import { headers, query } from "./query.ts";
import { type Sent, sent } from "./sent.ts";
import { type Row, ROWS } from "./rows.ts";

/** What a body is made from. */
export type Body =
  | { json: string; edits: Edit[]; breaks?: string }
  | { lines: Edit[]; index: Edit[]; sealed: boolean }
  | { shard: Damage[] }
  | { manifest: Edit[]; weights: Damage[]; sealed: boolean; parts: string[] }
  | { bytes: number }
  | { none: true };

/** The key that is sent: the one that the route wants, or one for another scope. */
const KEYS = ["right", "publish", "train", "work", "search", "unknown", "none"] as const;

/** A request of the registry, nearly right. Its names are filled in when it is asked: `$id` is a job that is there then. */
export interface RegistryCase {
  /** Method and path, with parameters such as `:name`. */
  route: string;
  /** Which of the things that there are. */
  which: number;
  /** Parameters of the path, encoded, in place of right ones. */
  wrong: Record<string, string>;
  /** Behind the path. */
  tail: string;
  query: string;
  key: (typeof KEYS)[number];
  headers: Record<string, string>;
  body: Body;
  sent: Sent;
}

/** Percent-encodes what UTF-8 has; half of a character becomes a question mark. */
const encode = (text: string) => encodeURIComponent(text.replace(/\p{Cs}/gu, "?")).slice(0, 3000);

const oddParameter = fc.oneof(
  nastyText.map((text) => encode(text) || "%20"),
  fc.constantFrom(
    ...["%00", "%2e%2e", "..", "%", "%ff", "%zz", "a%2f..%2fsteady", "%F0%9F%98%80", "A", "-"],
    ...["__proto__", "constructor", "x".repeat(3000), "claim", "shards", "channels", "latest.json"],
    ...[
      "$id",
      "$version",
      "$sha256",
      "$modelVersion",
      "0".repeat(12),
      "0".repeat(16),
      "f".repeat(64),
    ],
  ),
);

const wrong = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Record<string, string>>({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom("name", "version", "sha256", "id", "model", "modelVersion", "file"),
      oddParameter,
      { minKeys: 1, maxKeys: 7 },
    ),
  },
);

const tail = fc.oneof(
  { weight: 30, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "/",
      "//",
      "/..",
      "/%2e%2e/",
      "%00",
      ";a",
      "/x",
      "/" + "p".repeat(9000),
    ),
  },
);

const key = fc.oneof(
  { weight: 12, arbitrary: fc.constant("right" as const) },
  { weight: 1, arbitrary: fc.constantFrom(...KEYS) },
);

const damages = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Damage[]>([]) },
  { weight: 1, arbitrary: fc.array(damage(["shard"]), { minLength: 1, maxLength: 2 }) },
);

const PARTS = ["manifest", "weights", "signature", "manifest as text", "extra", "empty"];

const parts = fc.oneof(
  { weight: 4, arbitrary: fc.constant<string[]>(["manifest", "weights"]) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...PARTS), { maxLength: 5 }) },
);

/** Sizes of checkpoints. */
const bytes = fc.constantFrom(0, 1, 1000, 100_000, 1_500_000);

function bodyOf({ body }: Row): fc.Arbitrary<Body> {
  if (body === undefined) {
    return fc.oneof(
      { weight: 15, arbitrary: fc.constant<Body>({ none: true }) },
      { weight: 1, arbitrary: fc.record({ bytes }) },
    );
  }
  if (body === "push") return fc.record({ lines: edits, index: edits, sealed: fc.boolean() });
  if (body === "shard") return fc.record({ shard: damages });
  if (body === "bytes") return fc.record({ bytes });
  if (body === "package") {
    return fc.record({ manifest: edits, weights: damages, sealed: fc.boolean(), parts });
  }
  const json = fc.constantFrom(...body).map((it) => JSON.stringify(it));
  return fc.oneof(
    { weight: 12, arbitrary: fc.record({ json, edits }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(json, brokenJson)
        .map(([text, breaks]) => ({ json: text, edits: [], breaks: breaks(text) })),
    },
  );
}

const caseOf = (row: Row): fc.Arbitrary<RegistryCase> =>
  fc.record({
    route: fc.constant(row.route),
    which: fc.nat(10_000),
    wrong,
    tail,
    query: query(row.queries),
    key,
    headers: headers(row),
    body: bodyOf(row),
    sent: sent(row.body),
  });

/** The path of one route with the method of another, or with one that none has. */
const crossed = fc
  .tuple(
    fc.constantFrom(...ROWS),
    fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"),
  )
  .map(([row, method]): Row => {
    const [, path = ""] = row.route.split(" ");
    return { ...row, route: `${method} ${path}`, steady: false };
  });

const often = ROWS.flatMap((row) => Array.from({ length: row.weight ?? 1 }, () => row));

export const registryCase: fc.Arbitrary<RegistryCase> = fc
  .oneof({ weight: 30, arbitrary: fc.constantFrom(...often) }, { weight: 1, arbitrary: crossed })
  .chain(caseOf);

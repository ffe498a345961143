import fc from "fast-check";
import type { Row } from "./rows.ts";

const ODD_QUERIES = [
  ...["?", "?=", "?a", "?%", "?%00=%ff", "?token=", "?token=0", "?token=-1", "?token=1e3"],
  ...["?token=NaN", "?token=Infinity", "?token=99999999999999999999", "?token=$token&token=2"],
  ...["?token=$token&step=-1", "?token=$token&step=1.5", "?token=$token&step=1e300"],
  ...["?token=0x1&step=0x1", "?token=$token&step=", "?token=$token&step=9007199254740992"],
  ...["?limit=0", "?limit=51", "?limit=1e400", "?limit=%20", "?after=", "?after=$id&after=$id"],
  ...["?state=", "?state=__proto__", "?group=" + "g".repeat(3000), "?__proto__=1", "?after=-1"],
  ...["?after=1e300", "?after=9007199254740992", "?after=%00", "?group=%F0%9F%98%80%00"],
];

/** @param right those of the route; if not given, it has none */
export const query = (right: readonly string[] = [""]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...right) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_QUERIES) },
    { weight: 1, arbitrary: fc.webQueryParameters({ size: "small" }).map((text) => `?${text}`) },
  );

const RANGES = [
  ...[
    "bytes=0-0",
    "bytes=0-",
    "bytes=5-10",
    "bytes=-5",
    "bytes=-0",
    "bytes=0-99999999999999999999",
  ],
  ...[
    "bytes=99999999999999999999-",
    "bytes=10-5",
    "bytes=-",
    "bytes=a-b",
    "bytes=0-0,5-6",
    "items=0-1",
  ],
  ...["bytes=-99999999999999999999", "bytes=1e3-", "bytes= 0-1", "", "bytes=9007199254740991-"],
];

const ODD_HEADERS = {
  "last-event-id": ["", "0", "1", "-1", "x", "1e300", "99999999999999999999"],
  "x-request-id": ["a", "x".repeat(65), "", "a b", "\u00e9"],
  "x-job": ["$id", "", "x", "0".repeat(12)],
  "x-job-token": ["$token", "", "0", "1e300", "NaN"],
  "if-none-match": ["*", '"a"'],
  "if-match": ["*", '"a"'],
  expect: ["100-continue"],
  "x-http-method-override": ["DELETE"],
  cookie: ["a=b", "=".repeat(4000)],
};

const others = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Record<string, string>>({}) },
  {
    weight: 1,
    arbitrary: fc
      .subarray(Object.entries(ODD_HEADERS), { minLength: 1, maxLength: 2 })
      .chain((some) =>
        fc.record(
          Object.fromEntries(some.map(([name, values]) => [name, fc.constantFrom(...values)])),
        ),
      ),
  },
);

const none = fc.constant<Record<string, string>>({});

/** Headers other than those of the key and of the body. */
export function headers({ route }: Row): fc.Arbitrary<Record<string, string>> {
  const range = fc.constantFrom(...RANGES).map((text) => ({ range: text }));
  const accept = fc
    .constantFrom("text/event-stream", "text/html, text/event-stream;q=0.1")
    .map((text) => ({ accept: text }));
  const job = fc.constant({ "x-job": "$id", "x-job-token": "$token" });
  const own = route.includes("shards")
    ? range
    : route.endsWith("/events")
      ? accept
      : route.includes("/models")
        ? job
        : none;
  return fc
    .tuple(fc.oneof({ weight: 2, arbitrary: none }, { weight: 1, arbitrary: own }), others)
    .map(([first, second]) => ({ ...first, ...second }));
}

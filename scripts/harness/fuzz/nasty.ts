import fc from "fast-check";

/** Values that programs stumble over. */

export const nastyText = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 10 }),
  fc.constantFrom(
    ...[
      "",
      " ",
      "\0",
      "\ud800",
      "=",
      "====",
      "data:",
      "data:;base64,",
      "data:image/png;base64,AAAA",
    ],
    ...[
      "https://example.com/a.png",
      "file:///etc/passwd",
      "__proto__",
      "constructor",
      "iVBORw0KGgo=",
    ],
    "x".repeat(5000),
    "A".repeat(300_000),
  ),
);

export const nastyNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, 1, 1e-320, 1e308, -1e308, 2 ** 53, 2 ** 31, 1e39),
);

/** Mostly right, because a body with several fields is only answered if all are right. */
export const mostly = (right: fc.Arbitrary<unknown>, wrong: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: wrong });

export const anyScalar = fc.jsonValue({ maxDepth: 1 });

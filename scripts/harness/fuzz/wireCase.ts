import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { contracts } from "../../../workers/api/contract/api.ts";
import type { Question } from "./ask.ts";
import { form } from "./form.ts";
import { lazily } from "./lazily.ts";

/** A request whose method, address, headers and body need not fit together. */
export interface WireCase {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
  bytes: string;
  hangsUp: boolean;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"];
const ROUTES = [
  ...contracts.map(({ path }) => path.replace(/:\w+/g, "fuzz")),
  ...["/", "/docs", "/openapi.json"],
];

const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...ROUTES) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...ROUTES),
        fc.constantFrom(
          ...["/", "//", "/..", "/%2e%2e/", "%", "%ff", "%00", "/index.html", ";a", "?", "?model"],
          ...["?model=%", "?model=emoji@", "?model=" + "m".repeat(8000), "/" + "p".repeat(4000)],
        ),
      )
      .map(([route, end]) => route + end),
  },
  { weight: 1, arbitrary: fc.webPath().map((text) => `/${text}`) },
);

const TYPES = [
  ...["application/json", "image/jpeg", "image/png", "image/webp", "image/gif", "text/plain", ""],
  ...["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"],
  ...["APPLICATION/JSON; charset=utf-16", "application/json;", ";", "a/" + "b".repeat(4000)],
  'multipart/form-data; boundary="----fuzz"',
  "application/x-www-form-urlencoded",
];

const token = fc.string({ unit: fc.constantFrom(..."abcABC019-_=;,/*. \"'%&"), maxLength: 30 });

const HEADERS = [
  ...["accept", "accept-encoding", "authorization", "cookie", "cf-ray", "if-none-match", "origin"],
  ...[
    "range",
    "referer",
    "user-agent",
    "x-forwarded-for",
    "x-request-id",
    "x-http-method-override",
  ],
];

const headers = fc
  .record({
    type: fc.option(fc.constantFrom(...TYPES), { nil: undefined }),
    encoding: fc.option(fc.constantFrom("gzip", "br", "deflate", "identity", "gzip, gzip"), {
      freq: 8,
      nil: undefined,
    }),
    chunked: fc.boolean(),
    others: fc.dictionary(fc.constantFrom(...HEADERS), token, { maxKeys: 3 }),
  })
  .map(({ type, encoding, chunked, others }) => ({
    ...others,
    ...(type !== undefined && { "content-type": type }),
    ...(encoding !== undefined && { "content-encoding": encoding }),
    ...(chunked && { "transfer-encoding": "chunked" }),
  }));

const field = (name: string, value: string) => ({ name, bytes: Buffer.from(value) });

const tooLarge = lazily(() => Buffer.alloc(12_000_000, " "));
const unpacksTooLarge = lazily(() => gzipSync(tooLarge()));
const manyFields = lazily(() =>
  form(
    "",
    Array.from({ length: 20_000 }, () => field("a", "")),
  ),
);

/** Bodies by their names in counterexamples. */
function namedBodies(good: Buffer): Record<string, () => Uint8Array> {
  const file = { name: "file", file: "a.png", bytes: good };
  const json = Buffer.from(JSON.stringify({ inputs: good.toString("base64") }));
  return {
    none: () => Buffer.alloc(0),
    image: () => good,
    json: () => json,
    "gzipped json": () => gzipSync(json),
    "12 MB in a few kilobytes": unpacksTooLarge,
    "12 MB": tooLarge,
    form: () => form("", [file]).body,
    "form of 33": () =>
      form(
        "",
        Array.from({ length: 33 }, () => file),
      ).body,
    "form with fields": () => form("", [field("encoding_format", "x"), file, field("a", "b")]).body,
    "form of an empty file": () => form("", [{ ...file, bytes: Buffer.alloc(0) }]).body,
    "form cut off": () => form("", [file]).body.subarray(0, -40),
    "form of many": () => manyFields().body,
    "form of a long name": () => form("", [field("n".repeat(100_000), "")]).body,
  };
}

const bodies = Object.keys(namedBodies(Buffer.alloc(0)));

export const wireCase: fc.Arbitrary<WireCase> = fc.record({
  method: fc.oneof(fc.constant("POST"), fc.constantFrom(...METHODS)),
  path,
  headers,
  body: fc.constantFrom(...bodies, "bytes", "bytes"),
  bytes: fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.json()),
  hangsUp: fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, fc.boolean()),
});

/** @param good a good image */
export function toQuestion(
  { method, path, headers, body, bytes, hangsUp }: WireCase,
  good: Buffer,
): Question {
  const content = body === "bytes" ? Buffer.from(bytes) : namedBodies(good)[body]!();
  return { method, path, headers, body: content, hangsUp: hangsUp && content.length > 1 };
}

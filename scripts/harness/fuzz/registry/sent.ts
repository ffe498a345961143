import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { Row } from "./rows.ts";

/** How a body is said to be encoded, and is. */
const PACKINGS = {
  plain: (body: Buffer) => ({ body }),
  gzip: (body: Buffer) => ({ body: gzipSync(body), encoding: "gzip" }),
  "gzip in capitals": (body: Buffer) => ({ body: gzipSync(body), encoding: " GZIP " }),
  "gzip that is none": (body: Buffer) => ({ body, encoding: "gzip" }),
  "gzip cut off": (body: Buffer) => ({ body: gzipSync(body).subarray(0, -6), encoding: "gzip" }),
  "gzip of another length": (body: Buffer) => {
    const packed = gzipSync(body);
    packed.writeUInt8(packed.readUInt8(packed.length - 1) ^ 1, packed.length - 1);
    return { body: packed, encoding: "gzip" };
  },
  "gzip with more behind": (body: Buffer) => ({
    body: Buffer.concat([gzipSync(body), gzipSync(body)]),
    encoding: "gzip",
  }),
  "gzip of gzip": (body: Buffer) => ({ body: gzipSync(gzipSync(body)), encoding: "gzip" }),
  "gzip that nobody told": (body: Buffer) => ({ body: gzipSync(body) }),
  "twenty megabytes in gzip": () => ({ body: BOMB(), encoding: "gzip" }),
  brotli: (body: Buffer) => ({ body, encoding: "br" }),
  "two encodings": (body: Buffer) => ({ body: gzipSync(body), encoding: "gzip, gzip" }),
} satisfies Record<string, (body: Buffer) => { body: Buffer; encoding?: string }>;

let bomb: Buffer | undefined;
const BOMB = () => (bomb ??= gzipSync(Buffer.alloc(20_000_000, " ")));

type Packing = keyof typeof PACKINGS;

const isPacking = (name: string): name is Packing => name in PACKINGS;

/** How a body goes over the wire. */
export interface Sent {
  packing: Packing;
  /** Its content type; undefined if none is sent. */
  type: string | undefined;
  chunked: boolean;
  /** Where bytes that UTF-8 does not know stand; they stand nowhere if undefined. */
  spoiltAt: number | undefined;
  hangsUp: boolean;
}

const TYPES = {
  push: "application/x-ndjson",
  shard: "application/x-tar",
  bytes: "application/octet-stream",
  package: "multipart/form-data; boundary=----fuzz",
};

const ODD_TYPES = [
  ...[undefined, "", "text/plain", "application/json;charset=utf-16", "APPLICATION/JSON", ";"],
  ...["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"],
  ...["application/json", "a/" + "b".repeat(4000)],
];

const rarely = fc.oneof(
  { weight: 15, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
);

/** @param body of the route */
export function sent(body: Row["body"]): fc.Arbitrary<Sent> {
  const type = typeof body === "string" ? TYPES[body] : "application/json";
  return fc.record({
    packing: fc.oneof(
      { weight: 20, arbitrary: fc.constant<Packing>("plain") },
      { weight: 2, arbitrary: fc.constant<Packing>("gzip") },
      { weight: 3, arbitrary: fc.constantFrom(...Object.keys(PACKINGS).filter(isPacking)) },
    ),
    type: fc.oneof(
      { weight: 15, arbitrary: fc.constant(type) },
      { weight: 1, arbitrary: fc.constantFrom(...ODD_TYPES) },
    ),
    chunked: rarely,
    spoiltAt: fc.oneof(
      { weight: 40, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.nat(2000) },
    ),
    hangsUp: rarely,
  });
}

const NOT_UTF8 = Buffer.of(0xff, 0xc0, 0x80);

/** @returns the body as it is sent, and its headers */
export function send(
  content: Buffer,
  { packing, type, chunked, spoiltAt }: Sent,
): { body: Buffer; headers: Record<string, string> } {
  const at = spoiltAt === undefined ? content.length : spoiltAt % (content.length + 1);
  const spoilt = spoiltAt === undefined ? [] : [NOT_UTF8];
  const whole = Buffer.concat([content.subarray(0, at), ...spoilt, content.subarray(at)]);
  // Nothing has no encoding.
  const packed: { body: Buffer; encoding?: string } =
    whole.length === 0 ? { body: whole } : PACKINGS[packing](whole);
  return {
    body: packed.body,
    headers: {
      ...(type !== undefined && { "content-type": type }),
      ...(packed.encoding !== undefined && { "content-encoding": packed.encoding }),
      ...(chunked && { "transfer-encoding": "chunked" }),
    },
  };
}

import { connect } from "node:net";
import fc from "fast-check";
import { parseJson } from "../../../../shared/json.ts";
import { NoAnswer, type Reply } from "../ask.ts";
import { Broken } from "../brokenPromise.ts";
import { keyOf } from "./keys.ts";
import { ROWS } from "./rows.ts";

/** A request that no client library would send. Its end is sent, too: whoever is cut off still hears the answer. */
export interface RawCase {
  route: string;
  which: number;
  /** Lines of the head. */
  lines: string[];
  body: string;
}

const LINES = [
  ...["content-length: 100", "content-length: 3", "content-length: 0", "content-length: abc"],
  ...["content-length: -1", "content-length: 99999999999999999999", "content-length: 1, 2"],
  ...["transfer-encoding: chunked", "transfer-encoding: gzip, chunked", "transfer-encoding: x"],
  ...["content-type: application/json", "content-type: multipart/form-data; boundary=x"],
  ...[
    "content-encoding: gzip",
    "expect: 100-continue",
    "upgrade: websocket",
    "connection: upgrade",
  ],
  ...["x-a: \u00ff\u0080", "x-job: \u00ff", `x-a: ${"a".repeat(70_000)}`, "range: bytes=0-\u00ff"],
  ...["no colon", ": no name", " folded", "host: a b%", "host: \u00ff"],
];

const BODIES = [
  ...[
    "",
    "abc",
    '{"token":1',
    '{"token":1}',
    "5\r\n{",
    "3\r\nabc\r\n0\r\n\r\n",
    "zz\r\n{",
    "0\r\n\r\n",
  ],
  ...["ffffffffffffffffff\r\nx", "\x1f\x8b\x08", "--x\r\n\r\n", "GET /jobs HTTP/1.1\r\n\r\n"],
];

export const rawCase: fc.Arbitrary<RawCase> = fc.record({
  route: fc.constantFrom(...ROWS.map(({ route }) => route)),
  which: fc.nat(10_000),
  lines: fc.array(fc.constantFrom(...LINES), { maxLength: 4 }),
  body: fc.oneof(fc.constantFrom(...BODIES), fc.string({ unit: "binary-ascii" })),
});

/** @param path with the query */
export function rawText({ route, lines, body }: RawCase, path: string): string {
  const [method] = route.split(" ");
  const scope = ROWS.find((row) => row.route === route)?.scope ?? "publish";
  const own = ["host: registry.test", `authorization: Bearer ${keyOf(scope)}`];
  return [`${method} ${path} HTTP/1.1`, ...own, ...lines, "", body].join("\r\n");
}

/**
 * Sends bytes and reads what comes until the server closes.
 *
 * @returns null if it closes without an answer
 * @throws NoAnswer
 */
export function askRaw(url: string, text: string, patienceMs: number): Promise<Reply | null> {
  const { hostname, port } = new URL(url);
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let heard = "";
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new NoAnswer(`no answer within ${patienceMs} ms`));
    }, patienceMs);
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(heard) ?? [];
      const at = heard.indexOf("\r\n\r\n");
      const answer = {
        ...{ status: Number(status), type: "", ms: performance.now() - started },
        text: heard.slice(at + 4),
      };
      resolve(status === undefined ? null : answer);
    };
    socket.setEncoding("latin1");
    socket.on("data", (part: string) => {
      heard += part;
      // A stream of events need not end.
      if (heard.includes("text/event-stream")) end();
    });
    socket.on("end", end);
    socket.on("error", end);
    socket.end(Buffer.from(text, "latin1"));
  });
}

/** What workerd itself refuses, before the Worker, it answers in plain text, even with a 5xx. @throws Broken */
export function checkRawReply({ status, text }: Reply): void {
  const [body = ""] = text.split("\r\n\r\n");
  if (status >= 500 && parseJson(body) !== undefined) throw new Broken(`status ${status}: ${text}`);
}

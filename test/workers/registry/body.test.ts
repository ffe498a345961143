import { describe, expect, it } from "vitest";
import { drainBody, readBody } from "../../../workers/http/body.ts";

const post = (body: BodyInit | undefined, headers: Record<string, string> = {}) =>
  new Request("http://registry.test/", { method: "POST", body, headers });

/** A body of unknown length that records how many chunks were pulled, and whether it was cancelled. */
function chunked(chunks: Uint8Array[]) {
  const seen = { pulls: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[seen.pulls++];
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, seen };
}

describe("readBody", () => {
  it("reads a body of declared length", async () => {
    expect(await readBody(post("hello"), 5)).toEqual(new TextEncoder().encode("hello"));
  });

  it("reads nothing from a request without a body", async () => {
    expect(await readBody(post(undefined), 5)).toEqual(new Uint8Array());
  });

  it("joins chunks into an array that fills its buffer", async () => {
    const { stream } = chunked([Uint8Array.of(1), Uint8Array.of(2, 3, 4, 5, 6), Uint8Array.of(7)]);
    const bytes = await readBody(post(stream), 100);
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
    expect(bytes.buffer.byteLength).toBe(7);
  });

  it("reads a chunked body of exactly the limit", async () => {
    const { stream } = chunked([new Uint8Array(3), new Uint8Array(2)]);
    expect(await readBody(post(stream), 5)).toHaveLength(5);
  });

  it("refuses a declared length over the limit without reading a chunk", async () => {
    const { stream, seen } = chunked([new Uint8Array(6)]);
    await expect(readBody(post(stream, { "content-length": "6" }), 5)).rejects.toMatchObject({
      status: 413,
      code: "body_too_large",
    });
    expect(seen.pulls).toBe(0);
  });

  it("stops where a chunked body passes the limit, and leaves the rest to be drained", async () => {
    const { stream, seen } = chunked(Array.from({ length: 50 }, () => new Uint8Array(3)));
    const request = post(stream);
    await expect(readBody(request, 5)).rejects.toThrow("larger than 5 bytes");
    expect(seen).toEqual({ pulls: 2, cancelled: false });
    await drainBody(request);
    expect(seen.pulls).toBe(51);
  });

  it("counts the bytes that arrive, not a declared length that is too small", async () => {
    const { stream } = chunked([new Uint8Array(4), new Uint8Array(4)]);
    await expect(readBody(post(stream, { "content-length": "2" }), 5)).rejects.toMatchObject({
      status: 413,
      code: "body_too_large",
    });
  });

  it("answers 400 when the client disconnects, not 500", async () => {
    const broken = new ReadableStream({
      pull: () => Promise.reject(new Error("the connection is lost")),
    });
    await expect(readBody(post(broken), 5)).rejects.toMatchObject({
      status: 400,
      code: "incomplete_body",
    });
  });
});

describe("a gzipped body", () => {
  const gzipped = { "content-encoding": "gzip" };
  const text = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => i * i));
  const gzip = async (parts: (string | Uint8Array<ArrayBuffer>)[]) =>
    new Response(new Blob(parts).stream().pipeThrough(new CompressionStream("gzip"))).bytes();
  const broken = { status: 400, code: "incomplete_body" };

  it("is unpacked, however it is cut into parts", async () => {
    const bytes = await gzip([text]);
    for (const length of [1000, 10_000, bytes.length]) {
      const parts = Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) =>
        bytes.slice(i * length, (i + 1) * length),
      );
      const read = await readBody(post(chunked(parts).stream, gzipped), 1e6);
      expect(new TextDecoder().decode(read)).toBe(text);
    }
  });

  it("may be empty inside", async () => {
    expect(await readBody(post(await gzip([]), gzipped), 5)).toHaveLength(0);
  });

  it("is refused where it is cut, damaged or followed by something", async () => {
    const bytes = await gzip([text]);
    const flipped = bytes.slice();
    flipped[bytes.length - 6] ^= 1;
    const cut = [0, 5, 12, 1000, bytes.length - 9, bytes.length - 8, bytes.length - 1];
    const wrong = cut.map((end) => bytes.slice(0, end)).concat(flipped);
    for (const body of wrong) {
      await expect(readBody(post(body, gzipped), 1e6)).rejects.toMatchObject(broken);
    }
    for (const more of [Uint8Array.of(1), new Uint8Array(40), bytes]) {
      const body = new Blob([bytes, more]);
      await expect(readBody(post(body, gzipped), 1e6)).rejects.toMatchObject(broken);
    }
  });

  it("that unpacks beyond the limit is unpacked only so far, and no more of it is taken", async () => {
    const bomb = await gzip(Array<Uint8Array<ArrayBuffer>>(100).fill(new Uint8Array(2 ** 20)));
    const parts = Array.from({ length: Math.ceil(bomb.length / 4096) }, (_, i) =>
      bomb.slice(i * 4096, (i + 1) * 4096),
    );
    const { stream, seen } = chunked(parts);
    const request = post(stream, gzipped);
    await expect(readBody(request, 5_000_000)).rejects.toThrow("larger than 5000000 bytes");
    expect(seen.pulls).toBeLessThan(4);
    await drainBody(request);
    expect(seen.pulls).toBe(parts.length + 1);
  });
});

describe("drainBody", () => {
  const mebibyte = new Uint8Array(2 ** 20);

  it("reads everything that a refused client sends", async () => {
    const { stream, seen } = chunked(Array<Uint8Array>(5).fill(mebibyte));
    await drainBody(post(stream));
    expect(seen).toEqual({ pulls: 6, cancelled: false });
  });

  it("cancels a body beyond 100 MiB", async () => {
    const { stream, seen } = chunked(Array<Uint8Array>(110).fill(mebibyte));
    await drainBody(post(stream));
    expect(seen).toEqual({ pulls: 101, cancelled: true });
  });

  it("does nothing with a body that was read", async () => {
    const request = post("hello");
    await request.text();
    await expect(drainBody(request)).resolves.toBeUndefined();
  });
});

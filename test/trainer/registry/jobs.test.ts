import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../../trainer/error.ts";
import { Unanswered } from "../../../trainer/registry/ask.ts";
import { JobsClient } from "../../../trainer/registry/jobs.ts";
import { LocalServer } from "../../localServer.ts";

const ID = "0123456789ab";
const CHECKPOINT = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i) % 251));
const digest = createHash("sha256").update(CHECKPOINT).digest("hex");
const damaged = Buffer.from(CHECKPOINT);
damaged[4000] ^= 1;

/** Answers each request with the next of these; the last goes on for ever. */
class Answers extends LocalServer {
  next: ((response: ServerResponse) => void)[] = [];
  readonly asked: { url: string; body: Buffer }[] = [];

  protected async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const answer = this.next[Math.min(this.asked.length, this.next.length - 1)];
    this.asked.push({ url: request.url ?? "", body });
    answer(response);
  }
}

let registry: Answers;
let client: JobsClient;
beforeEach(async () => {
  registry = new Answers();
  const { signal } = new AbortController();
  const patience = { attempts: 3, firstWaitMs: 1 };
  client = new JobsClient({ url: await registry.listen(), token: "token", signal, patience });
});
afterEach(() => {
  registry.close();
});

const give =
  (body: Buffer, headers: Record<string, string | number> = { "content-length": body.length }) =>
  (response: ServerResponse) => {
    response.writeHead(200, { "x-sha256": digest, ...headers }).end(body);
  };

const half = (response: ServerResponse) => {
  response.writeHead(200, { "x-sha256": digest, "content-length": CHECKPOINT.length });
  response.write(CHECKPOINT.subarray(0, 2000), () => response.destroy());
};

const halfWithoutLength = give(CHECKPOINT.subarray(0, 2000), {});

describe("a checkpoint", () => {
  it("is sent with its digest", async () => {
    registry.next = [(response) => response.writeHead(503).end(), give(Buffer.from("{}"))];
    await client.putCheckpoint(ID, { token: 2, step: 7 }, new Uint8Array(CHECKPOINT));
    for (const { url, body } of registry.asked) {
      expect(url).toBe(`/jobs/${ID}/checkpoint?token=2&step=7&sha256=${digest}`);
      expect(body.equals(CHECKPOINT)).toBe(true);
    }
    expect(registry.asked).toHaveLength(2);
  });

  it("of which half comes is asked for again, and never used", async () => {
    registry.next = [half, halfWithoutLength, give(CHECKPOINT)];
    expect(await client.checkpoint(ID, 1)).toEqual(new Uint8Array(CHECKPOINT));
    expect(registry.asked).toHaveLength(3);
  });

  it("of which only half comes is given up, with the reason", async () => {
    registry.next = [halfWithoutLength];
    await expect(client.checkpoint(ID, 1)).rejects.toThrow(
      new Unanswered(
        `the checkpoint of job ${ID} has 2000 bytes with another SHA-256 than the ${digest} that the registry states (tried 3 times)`,
      ),
    );
    registry.next = [half];
    await expect(client.checkpoint(ID, 1)).rejects.toThrow(/broke off its answer: .*tried 3 times/);
  });

  it("that is damaged in the registry is refused at once", async () => {
    registry.next = [give(damaged)];
    await expect(client.checkpoint(ID, 1)).rejects.toThrow(/damaged there: submit the job again$/);
    expect(registry.asked).toHaveLength(1);
  });

  it("is none where the registry has lost it", async () => {
    const answer = JSON.stringify({ error: { code: "no_checkpoint", message: "none" } });
    registry.next = [(response) => response.writeHead(404).end(answer)];
    expect(await client.checkpoint(ID, 1)).toBeNull();
  });

  it("that states no digest is refused", async () => {
    registry.next = [
      (response) => response.writeHead(200, { "content-length": 5000 }).end(CHECKPOINT),
    ];
    await expect(client.checkpoint(ID, 1)).rejects.toThrow(
      /is not understood: it states no SHA-256;/,
    );
  });
});

it("an answer that unpacks to very much is given up before it fills the memory", async () => {
  const bomb = gzipSync(Buffer.alloc(33_000_000, " "));
  expect(bomb.length).toBeLessThan(100_000);
  registry.next = [give(bomb, { "content-encoding": "gzip" })];
  const error: unknown = await client.show(ID).catch((it: unknown) => it);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toContain("it is longer than 32000000 bytes");
  expect(registry.asked).toHaveLength(1);
});

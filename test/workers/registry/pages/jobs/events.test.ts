import { expect, it } from "vitest";
import { EventParser, readEvents } from "../../../../../workers/registry/pages/jobs/events.ts";

const events = [1, 2, 3].map((seq) => ({
  ...{ seq, at: "2026-11-29T00:00:00.000Z", kind: "log" },
  data: ["a line", "Stra\u00dfe \u2013 \ud83d\udc26"],
}));
const textOf = (event: (typeof events)[number]) =>
  `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
const TEXT = events.map(textOf).join(": \n\n");

it("events are whole wherever their text is cut", () => {
  for (let cut = 0; cut <= TEXT.length; cut++) {
    const parser = new EventParser();
    const taken = [...parser.take(TEXT.slice(0, cut)), ...parser.take(TEXT.slice(cut))];
    expect(taken).toEqual(events);
  }
});

it("an event that is cut off at the end is none", () => {
  expect(new EventParser().take(TEXT.slice(0, -1))).toEqual(events.slice(0, 2));
});

it("a connection that breaks is said so", async () => {
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new TypeError("network error")),
  });
  await expect(readEvents(stream).next()).rejects.toThrow(
    "the connection to the registry has broken",
  );
});

it("events of a stream are whole though its pieces cut characters", async () => {
  const bytes = new TextEncoder().encode(TEXT);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7));
      controller.close();
    },
  });
  const read = [];
  for await (const some of readEvents(stream)) read.push(...some);
  expect(read).toEqual(events);
});

import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { type JobEvent, jobEventSchema } from "../../../shared/jobs/job.ts";
import { eventStream } from "../../../workers/registry/jobs/eventStream.ts";
import { answerOf, call, refusalOf } from "./client.ts";
import { beat, claimed, DECISION, ERROR, pushTiny, submitted, verb } from "./jobs.ts";

beforeEach(reset);

const pageSchema = z.strictObject({ events: z.array(jobEventSchema), finished: z.boolean() });

const page = async (id: string, query = "") =>
  pageSchema.parse(await answerOf(await call(`/jobs/${id}/events${query}`)));

const stream = (id: string, headers: Record<string, string> = {}, query = "") =>
  call(`/jobs/${id}/events${query}`, { headers: { accept: "text/event-stream", ...headers } });

/** Parses server-sent events. */
const eventsIn = (text: string): JobEvent[] =>
  text
    .split("\n\n")
    .filter((block) => block.startsWith("id: "))
    .map((block) => {
      const [, id, kind, data] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      const event = jobEventSchema.parse(JSON.parse(data));
      expect([id, kind]).toEqual([String(event.seq), event.kind]);
      return event;
    });

const progressAt = (step: number) => ({
  ...{ step, steps: 10, loss: null, recall: 0.5, imagesPerSecond: null },
});

/** A job with some events that is running. */
async function begun(): Promise<string> {
  const { id } = await submitted(await pushTiny());
  await claimed();
  await beat(id, 1, { progress: progressAt(1), log: ["one", "two"] });
  await beat(id, 1, { progress: progressAt(1) });
  await beat(id, 1, { progress: progressAt(2) });
  return id;
}

const BEGUN = [
  ["state", "queued"],
  ["state", "running"],
  ["log", ["one", "two"]],
  ["progress", progressAt(1)],
  ["progress", progressAt(2)],
];

const told = (events: JobEvent[]) => events.map(({ kind, data }) => [kind, data]);

describe("GET /jobs/<id>/events", () => {
  it("tells what happened, in order, each once", async () => {
    const id = await begun();
    const { events, finished } = await page(id);
    expect(told(events)).toEqual(BEGUN);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(finished).toBe(false);
    expect(await page(id, "?after=3")).toEqual({ events: events.slice(3), finished: false });
    expect(await page(id, "?after=5")).toEqual({ events: [], finished: false });
  });

  it("says which page is the last", async () => {
    const id = await begun();
    for (let i = 0; i < 100; i++) await beat(id, 1, { log: [`line ${i}`] });
    await verb(id, "complete", { token: 1, decision: DECISION });
    const first = await page(id);
    expect([first.events.length, first.finished]).toEqual([100, false]);
    const second = await page(id, "?after=100");
    expect(second.finished).toBe(true);
    expect(told(second.events).at(-1)).toEqual(["state", "done"]);
    expect([...first.events, ...second.events].map(({ seq }) => seq)).toEqual(
      Array.from({ length: 106 }, (_, i) => i + 1),
    );
  });

  it.each(["?after=-1", "?after=x", "?before=1"])("refuses %s", async (query) => {
    const { id } = await submitted(await pushTiny());
    const refusal = await refusalOf(await call(`/jobs/${id}/events${query}`));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_request" });
  });
});

describe("the stream of events", () => {
  it("sends what was and what comes, and ends with the job", async () => {
    const id = await begun();
    const response = await stream(id);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const text = response.text();
    await verb(id, "fail", { token: 1, error: ERROR, retry: true });
    await claimed("gpu-2");
    await beat(id, 2, { log: ["again"] });
    await verb(id, "complete", { token: 2, decision: DECISION });
    expect(told(eventsIn(await text))).toEqual([
      ...BEGUN,
      ["log", [`attempt 1 of 3, by worker "gpu-1", has ended: ${ERROR.message}`]],
      ["state", "queued"],
      ["state", "running"],
      ["log", ["again"]],
      ["state", "done"],
    ]);
  });

  it("goes on after the last event that a client has", async () => {
    const id = await begun();
    await verb(id, "complete", { token: 1, decision: DECISION });
    const from = async (headers: Record<string, string>, query = "") =>
      eventsIn(await (await stream(id, headers, query)).text()).map(({ seq }) => seq);
    expect(await from({})).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await from({ "last-event-id": "4" })).toEqual([5, 6]);
    expect(await from({}, "?after=3")).toEqual([4, 5, 6]);
    expect(await from({ "last-event-id": "4" }, "?after=1")).toEqual([5, 6]);
    // An EventSource asks again after the end, unless it is told not to.
    expect((await stream(id, { "last-event-id": "6" })).status).toBe(204);
    const refusal = await refusalOf(await stream(id, { "last-event-id": "x" }));
    expect(refusal).toMatchObject({ status: 400, param: "last-event-id" });
  });

  it("shows that it lives while nothing happens, and ends when it has asked often", async () => {
    let polls = 0;
    const jobs = {
      events: () => {
        polls += 1;
        return Promise.resolve({ events: [], finished: false });
      },
    };
    const text = await new Response(eventStream(jobs, "0123456789ab", 0, 0)).text();
    expect(polls).toBe(900);
    // After 15 seconds of polls, which the next follows.
    expect(text).toBe(": \n\n".repeat(Math.floor(900 / 16)));
  });

  it("stops asking when the client has gone", async () => {
    const id = await begun();
    let polls = 0;
    const jobs = {
      events: () => {
        polls += 1;
        return Promise.resolve({ events: [], finished: false });
      },
    };
    const reader = eventStream(jobs, id, 0, 1).getReader();
    await reader.read();
    await reader.cancel();
    const before = polls;
    await scheduler.wait(50);
    expect(polls - before).toBeLessThan(2);
  });
});

import { describe, expect, it } from "vitest";
import { applyEdits } from "../../../../scripts/harness/fuzz/registry/edit.ts";
import { checkRawReply } from "../../../../scripts/harness/fuzz/registry/raw.ts";
import { checkJob } from "../../../../scripts/harness/fuzz/registry/table.ts";
import { World } from "../../../../scripts/harness/fuzz/registry/world.ts";
import { type Job, type JobEvent, jobSchema, type JobState } from "../../../../shared/jobs/job.ts";

const job = (fields: Partial<Job>): Job =>
  jobSchema.parse({
    ...{
      dataset: { name: "a", version: "0".repeat(16) },
      model: "a",
      config: {},
      id: "0".repeat(12),
    },
    ...{ state: "queued", attempts: 0, worker: "gpu", progress: null, checkpointStep: null },
    ...{ decision: null, error: null, artifacts: [] },
    ...{ created: "2026-01-01T00:00:00Z", updated: "2026-01-01T00:00:00Z", ...fields },
  });

/** @param seconds between one state and the next */
const eventsOf = (states: JobState[], seconds = 10): JobEvent[] =>
  states.map((data, i) => ({
    ...{ seq: i + 1, kind: "state", data },
    at: new Date(1000 * seconds * i).toISOString(),
  }));

describe("what has become of a job", () => {
  it("is legal where each state may follow the one before", () => {
    checkJob(job({}), eventsOf(["queued"]));
    checkJob(job({ state: "running" }), eventsOf(["queued", "running", "queued", "running"]));
    checkJob(
      job({ state: "publishing" }),
      eventsOf(["queued", "running", "running", "publishing"]),
    );
    checkJob(job({ state: "cancelled" }), eventsOf(["queued", "running", "cancelled"]));
  });

  it.each([
    ["it was new, and then running", "running", ["running"]],
    ["it was cancelled, and then queued", "queued", ["queued", "cancelled", "queued"]],
    [
      "it was publishing, and then cancelled",
      "cancelled",
      ["queued", "running", "publishing", "cancelled"],
    ],
    ["it is queued, but its last event is running", "queued", ["queued", "running"]],
    ["it failed without an error", "failed", ["queued", "running", "failed"]],
    ["it is done, with a decision", "done", ["queued", "running", "done"]],
  ] as [string, JobState, JobState[]][])("is refused where %s", (problem, state, states) => {
    expect(() => checkJob(job({ state }), eventsOf(states))).toThrow(problem);
  });

  it("is refused where it was claimed again before its lease ended, or an event is lost", () => {
    const states: JobState[] = ["queued", "running", "running"];
    const check = (seconds: number) =>
      checkJob(job({ state: "running" }), eventsOf(states, seconds));
    check(3);
    expect(() => check(2)).toThrow(/claimed again at .*, before its lease ended/);
    expect(() =>
      checkJob(
        job({}),
        eventsOf(["queued"]).map((it) => ({ ...it, seq: 2 })),
      ),
    ).toThrow("its event 1 has the number 2");
  });
});

describe("a world", () => {
  const thing = { index: { name: "a", shards: [{ sha256: "x" }] }, version: "v" };
  const world = () => {
    // Only what is chosen from counts here.
    const material = { datasets: [thing, thing], packages: [thing, thing] };
    return new World(material as unknown as ConstructorParameters<typeof World>[0]);
  };
  const lease = (token: number) => ({
    ...{ status: 200, type: "application/json", ms: 1 },
    text: JSON.stringify({
      ...{ job: job({ state: "running" }), token, leaseSeconds: 3 },
      expires: "2026-01-01T00:00:00Z",
    }),
  });

  it("refuses a lease that was given before, and asks for what is leased", () => {
    const it = world();
    const things = it.choose(1, false);
    expect(things.job.token).toBe(1);
    it.learn("POST /jobs/claim", things, lease(7));
    expect(it.choose(10, false).job).toEqual({ id: "0".repeat(12), token: 7 });
    it.learn("POST /jobs/claim", things, lease(8));
    expect(() => it.learn("POST /jobs/claim", things, lease(7))).toThrow(/token 7 was given twice/);
  });
});

describe("edits", () => {
  it("change one part of a copy, and leave the value as it is", () => {
    const value = { a: [1, { b: "x" }], c: null };
    const edited = (...all: Parameters<typeof applyEdits>[1]) =>
      JSON.stringify(applyEdits(value, all));
    // Parts: the whole, a, 1, {b}, b, c.
    expect(edited({ at: 0, put: 5 })).toBe("5");
    expect(edited({ at: 4, put: "y" })).toBe('{"a":[1,{"b":"y"}],"c":null}');
    expect(edited({ at: 11, drop: true })).toBe('{"a":[1,{"b":"x"}]}');
    expect(edited({ at: 3, key: "__proto__", value: 1 })).toBe(
      '{"a":[1,{"b":"x","__proto__":1}],"c":null}',
    );
    expect(edited({ at: 1, times: 2 }, { at: 0, drop: true })).toBe(undefined);
    expect(edited({ at: 4, times: 3 })).toBe('{"a":[1,{"b":"xxx"}],"c":null}');
    expect(value).toEqual({ a: [1, { b: "x" }], c: null });
  });
});

describe("an answer to malformed HTTP", () => {
  it("is workerd's own refusal or an answer of the Worker, but never a failure of the Worker", () => {
    const reply = (status: number, text: string) => ({ status, type: "", text, ms: 1 });
    checkRawReply(reply(500, "Internal Server Error"));
    checkRawReply(reply(400, '{"error":{}}'));
    expect(() => checkRawReply(reply(500, '{"error":{}}'))).toThrow("status 500");
  });
});

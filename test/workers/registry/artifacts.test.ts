import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import { answerOf, call, callWith, refusalOf } from "./client.ts";
import { begun, keptOfJobs, claim, claimed, DECISION, expireAll, jobNow, verb } from "./jobs.ts";

beforeEach(reset);

const put = (id: string, token: number, name: string, body: string) =>
  call(`/jobs/${id}/${name}?token=${token}`, { method: "PUT", body });

describe("the artifacts of a job", () => {
  it("replace those before, are told by the job, and outlast it", async () => {
    const id = await begun();
    expect(await refusalOf(await call(`/jobs/${id}/report`))).toMatchObject({
      status: 404,
      code: "no_artifact",
    });
    await answerOf(await put(id, 1, "measures", "{}"));
    expect((await jobNow(id)).artifacts).toEqual(["measures"]);
    await answerOf(await put(id, 1, "report", "<p>one"));
    await expireAll();
    await claimed("gpu-2");
    const answer = await answerOf(await put(id, 2, "report", "<p>two"));
    expect(answer).toEqual({ name: "report", bytes: 6 });
    await answerOf(await verb(id, "complete", { token: 2, decision: DECISION }));
    expect((await jobNow(id)).artifacts).toEqual(["measures", "report"]);
    expect(await keptOfJobs()).toEqual([
      expect.stringContaining(`jobs/${id}/artifacts/measures-1-`),
      expect.stringContaining(`jobs/${id}/artifacts/report-2-`),
    ]);
    expect(await answerOf(await call(`/jobs/${id}/measures`))).toEqual({});
    const report = await call(`/jobs/${id}/report`);
    expect(report.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(report.headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none';/);
    expect(await report.text()).toBe("<p>two");
  });

  it("are not kept if the lease is lost", async () => {
    const id = await begun();
    await put(id, 1, "report", "one");
    const before = await keptOfJobs();
    await expireAll();
    await claimed("gpu-2");
    expect(await refusalOf(await put(id, 1, "report", "late"))).toMatchObject({
      status: 409,
      code: "lease_lost",
    });
    expect(await keptOfJobs()).toEqual(before);
  });

  it("renew the lease", async () => {
    const id = await begun();
    await expireAll();
    await put(id, 1, "report", "one");
    expect((await claim("gpu-2")).status).toBe(204);
  });

  it("of more than 16 MB are refused", async () => {
    const id = await begun();
    const init = { method: "PUT", body: "x", headers: { "content-length": "16000001" } };
    expect(await refusalOf(await callWith({}, `/jobs/${id}/report?token=1`, init))).toMatchObject({
      status: 413,
      code: "body_too_large",
    });
  });
});

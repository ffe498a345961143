import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sendArtifacts } from "../../../trainer/jobs/artifacts.ts";
import { Refused, Unanswered } from "../../../trainer/registry/ask.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-artifacts-"));
  await writeFile(join(folder, "measures.json"), '{"obstacle":"none"}');
});
afterEach(() => rm(folder, { recursive: true }));

/** Sends to a registry that fails with an error, if there is one. */
async function send(crash: string | null, fault?: Error) {
  const sent: Record<string, string> = {};
  const said: string[] = [];
  const put = (name: string, body: Uint8Array) => {
    if (fault) return Promise.reject(fault);
    sent[name] = new TextDecoder().decode(body);
    return Promise.resolve();
  };
  await sendArtifacts(folder, crash, { put, say: (line) => said.push(line) });
  return { sent, said };
}

describe("the artifacts of a job", () => {
  it("are sent, those that there are", async () => {
    expect((await send(null)).sent).toEqual({ measures: '{"obstacle":"none"}' });
    await writeFile(join(folder, "report.html"), "<p>");
    expect((await send(null)).sent).toMatchObject({ report: "<p>" });
  });

  it("say so if the process crashed, whatever it left", async () => {
    await writeFile(join(folder, "report.html"), "<p>");
    const { sent } = await send("it ended with SIGKILL");
    expect(sent).toEqual({
      measures: '{"obstacle":"The report could not be made: it ended with SIGKILL"}',
    });
  });

  it.each([new Refused("too large", 413, "body_too_large"), new Unanswered("no answer")])(
    "are worth less than the model, if the registry does not take them (%#)",
    async (fault) => {
      const { said } = await send(null, fault);
      expect(said).toEqual([`The measures of the job: not kept: ${fault.message}`]);
    },
  );

  it("are not sent for a job that is another's", async () => {
    const fault = new Refused("lost", 409, "lease_lost");
    await expect(send(null, fault)).rejects.toBe(fault);
  });
});

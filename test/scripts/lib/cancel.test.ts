import { describe, expect, it } from "vitest";
import { cancelGroup } from "../../../scripts/lib/cancel.ts";
import { Refused } from "../../../trainer/registry/ask.ts";
import { RegistryOfJobs } from "../../trainer/jobs/registryOfJobs.ts";

describe("cancelGroup", () => {
  it("cancels what has not ended, the newest first, though one is being published", async () => {
    const registry = new RegistryOfJobs();
    for (const group of ["g", "g", "other", "g", "g"]) {
      await registry.submit({
        ...{ dataset: { name: "birds", version: "0123456789abcdef" }, model: "birds", group },
        ...{ config: {}, promote: "never", channel: "stable", requirements: {} },
      });
    }
    const [newest, publishing, , running, done] = registry.all;
    registry.end(publishing, "publishing");
    registry.end(running, "running");
    registry.end(done, "done");
    const said: string[] = [];
    const client = {
      group: (name: string) => registry.group(name),
      cancel: (id: string) => {
        if (id === publishing.id) {
          return Promise.reject(new Refused("it is publishing", 409, "job_finished"));
        }
        if (id !== running.id) registry.end({ ...newest, id }, "cancelled");
        return Promise.resolve(registry.all.find((job) => job.id === id) ?? newest);
      },
    };
    await cancelGroup(client, "g", (line) => said.push(line));
    expect(said).toEqual([
      `Job ${newest.id} is cancelled`,
      "it is publishing",
      `Job ${running.id} stops at the next heartbeat of its worker`,
    ]);
    said.length = 0;
    await cancelGroup(client, "nobody", (line) => said.push(line));
    expect(said).toEqual(["There is nothing to cancel."]);
  });
});

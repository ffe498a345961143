import type { Say } from "../../trainer/console/say.ts";
import { hasEnded } from "../../trainer/jobs/group.ts";
import { Refused } from "../../trainer/registry/ask.ts";
import type { JobsClient } from "../../trainer/registry/jobs.ts";

type Client = Pick<JobsClient, "cancel" | "group">;

/** Cancels a job. @throws Refused if it can no longer be cancelled */
export async function cancelJob(client: Client, id: string, say: Say): Promise<void> {
  const { state } = await client.cancel(id);
  const told = state === "cancelled" ? "is cancelled" : "stops at the next heartbeat of its worker";
  say(`Job ${id} ${told}`);
}

/** Cancels the jobs of a group that have not ended. The newest come first, so that no worker begins another one. */
export async function cancelGroup(client: Client, name: string, say: Say): Promise<void> {
  const jobs = (await client.group(name)).filter((job) => !hasEnded(job));
  if (jobs.length === 0) say("There is nothing to cancel.");
  for (const { id } of jobs) {
    await cancelJob(client, id, say).catch((error: unknown) => {
      // It is being published, or has ended since.
      if (!(error instanceof Refused && error.code === "job_finished")) throw error;
      say(error.message);
    });
  }
}

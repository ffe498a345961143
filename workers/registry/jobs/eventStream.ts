import type { JobEvent } from "../../../shared/jobs/job.ts";
import type { JobsRpc } from "../../protocol/jobs.ts";

/** Events of a page: one may have 100 KB, and the page is one message of an object, of 32 MB. */
export const EVENTS_OF_PAGE = 100;

const POLL_MS = 1000;

/** Polls without an event after which a comment shows that the stream lives. */
const QUIET_POLLS = 15;

/** A request may ask objects 1,000 times; a client then goes on where it was. */
const MAX_POLLS = 900;

const textOf = (event: JobEvent) =>
  `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;

/**
 * The events of a job as server-sent events, from what was to the end of the job.
 *
 * @param from number of the event before the first
 */
export function eventStream(
  jobs: Pick<JobsRpc, "events">,
  id: string,
  from: number,
  pollMs = POLL_MS,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let last = from;
  let polls = 0;
  let gone = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (let quiet = 0; !gone; quiet++) {
        const page = polls++ < MAX_POLLS ? await jobs.events(id, last, EVENTS_OF_PAGE) : null;
        last = page?.events.at(-1)?.seq ?? last;
        const text = page?.events.map(textOf).join("") ?? "";
        if (text !== "") controller.enqueue(encoder.encode(text));
        if (!page || page.finished) return controller.close();
        if (text !== "") return;
        if (quiet === QUIET_POLLS) return controller.enqueue(encoder.encode(": \n\n"));
        await scheduler.wait(pollMs);
      }
    },
    cancel() {
      gone = true;
    },
  });
}

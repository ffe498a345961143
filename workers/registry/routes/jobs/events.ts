import type { IRequestStrict } from "itty-router";
import * as z from "zod";
import { parse } from "../../../http/parse.ts";
import type { EventPage } from "../../../protocol/jobs.ts";
import type { Env } from "../../env.ts";
import { jobId, readQuery } from "../../input.ts";
import { jobsOf, unknownJob } from "../../jobs/call.ts";
import { EVENTS_OF_PAGE, eventStream } from "../../jobs/eventStream.ts";

const after = z.coerce.number().pipe(z.int().min(0));

export const eventsQuerySchema = z.strictObject({ after: after.default(0) });

/** GET /jobs/<id>/events: a page of events as JSON, or all events as they come as server-sent events. */
export async function showEvents(request: IRequestStrict, env: Env): Promise<Response> {
  const id = jobId(request);
  const query = readQuery(request, eventsQuerySchema);
  const jobs = jobsOf(env);
  const streams = request.headers.get("accept")?.includes("text/event-stream") ?? false;
  const lastId = streams ? request.headers.get("last-event-id") : null;
  const from = lastId === null ? query.after : parse(after, lastId, "last-event-id");
  const page = await jobs.events(id, from, EVENTS_OF_PAGE);
  if (!page) throw unknownJob(id);
  if (!streams) return Response.json(page);
  // Tells a client that comes back after the end not to come again.
  if (lastId !== null && isLast(page)) return new Response(null, { status: 204 });
  return new Response(eventStream(jobs, id, from), {
    headers: { "content-type": "text/event-stream", "cache-control": "no-cache" },
  });
}

const isLast = ({ events, finished }: EventPage) => finished && events.length === 0;

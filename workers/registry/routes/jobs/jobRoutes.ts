import type { Route } from "../../route.ts";
import { artifactRoutes } from "./artifacts.ts";
import { getCheckpoint, getQuerySchema, putCheckpoint, putQuerySchema } from "./checkpoint.ts";
import { eventsQuerySchema, showEvents } from "./events.ts";
import { cancelJob, listJobs, listQuerySchema, showJob } from "./list.ts";
import { submitJob } from "./submit.ts";
import { claimJob, completeJob, failJob, heartbeat } from "./work.ts";

const TRAIN = ["train"] as const;
const WORK = ["work"] as const;
const READ = ["train", "work"] as const;

const BYTES = { type: "application/octet-stream" };

export const jobRoutes: Route[] = [
  {
    ...{ method: "get", path: "/jobs", scopes: READ, handle: listJobs },
    summary: "Jobs, newest first.",
    page: true,
    query: listQuerySchema,
    answers: { 200: "Jobs" },
  },
  {
    ...{ method: "post", path: "/jobs", scopes: TRAIN, handle: submitJob },
    summary:
      "Queues a job, unless there is one of its key that has neither failed nor been cancelled.",
    body: "JobRequest",
    answers: { 200: "Job", 201: "Job" },
    refusals: [404, 413, 415],
  },
  {
    ...{ method: "post", path: "/jobs/claim", scopes: WORK, handle: claimJob },
    summary: "Leases the oldest job that a worker can do.",
    body: "Claim",
    answers: { 200: "Lease", 204: null },
    refusals: [413, 415],
  },
  {
    ...{ method: "get", path: "/jobs/:id", scopes: READ, handle: showJob },
    summary: "A job.",
    page: true,
    answers: { 200: "Job" },
    refusals: [404],
  },
  {
    ...{ method: "delete", path: "/jobs/:id", scopes: TRAIN, handle: cancelJob },
    summary: "Cancels a job. The worker that has it learns so at its next heartbeat.",
    answers: { 200: "Job" },
    refusals: [404, 409],
  },
  {
    ...{ method: "get", path: "/jobs/:id/events", scopes: READ, handle: showEvents },
    summary: "What happened to a job. With Accept: text/event-stream, as server-sent events.",
    query: eventsQuerySchema,
    answers: { 200: "JobEvents", 204: null },
    refusals: [404],
  },
  {
    ...{ method: "post", path: "/jobs/:id/heartbeat", scopes: WORK, handle: heartbeat },
    summary: "Renews a lease, and notes how far the job has come.",
    body: "Heartbeat",
    answers: { 200: "HeartbeatAnswer" },
    refusals: [404, 409, 413, 415],
  },
  {
    ...{ method: "post", path: "/jobs/:id/complete", scopes: WORK, handle: completeJob },
    summary: "Ends a job that has published.",
    body: "Completion",
    answers: { 200: "Job" },
    refusals: [404, 409, 413, 415],
  },
  {
    ...{ method: "post", path: "/jobs/:id/fail", scopes: WORK, handle: failJob },
    summary: "Ends a job that has failed, or queues it again.",
    body: "Failure",
    answers: { 200: "Job" },
    refusals: [404, 409, 413, 415],
  },
  {
    ...{ method: "get", path: "/jobs/:id/checkpoint", scopes: WORK, handle: getCheckpoint },
    summary: "The last checkpoint, for the worker that has the job.",
    query: getQuerySchema,
    answers: { 200: BYTES },
    refusals: [404, 409],
  },
  {
    ...{ method: "put", path: "/jobs/:id/checkpoint", scopes: WORK, handle: putCheckpoint },
    summary: "Stores a checkpoint in place of the one before.",
    query: putQuerySchema,
    body: BYTES,
    answers: { 200: "Checkpoint" },
    refusals: [404, 409, 411, 413, 415, 422],
  },
  ...artifactRoutes,
];

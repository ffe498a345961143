import type { Route } from "../route.ts";
import { listModels, showModel, showVersion } from "./list.ts";
import { getPackageFile } from "./package.ts";
import { promote } from "./promote.ts";
import { publish } from "./publish.ts";
import { remove } from "./remove.ts";
import { rollback } from "./rollback.ts";

const scopes = ["publish"] as const;

/** A worker publishes what its job has made, and compares it with what is served. */
const forWorkers = { scopes: ["publish", "work"], forJobs: true } as const;

const FILE = "/models/:name/:version/package/:file";

export const modelRoutes: Route[] = [
  {
    ...{ method: "get", path: "/models", scopes, handle: listModels },
    summary: "Every model with its channels.",
    answers: { 200: "Models" },
  },
  {
    ...{ method: "get", path: "/models/:name", ...forWorkers, handle: showModel },
    summary: "The versions and channels of a model.",
    answers: { 200: "Model" },
    refusals: [404, 409],
  },
  {
    ...{ method: "post", path: "/models/:name", ...forWorkers, handle: publish },
    summary: "Checks a package, in the parts manifest, weights and signature, and stores it.",
    body: { type: "multipart/form-data" },
    answers: { 200: "Published", 201: "Published" },
    refusals: [404, 409, 413, 415, 422],
  },
  {
    ...{ method: "post", path: "/models/:name/promote", ...forWorkers, handle: promote },
    summary: "Makes a channel serve a version.",
    body: "Promotion",
    answers: { 200: "Channel" },
    refusals: [404, 409, 413, 415, 422],
  },
  {
    ...{ method: "post", path: "/models/:name/rollback", scopes, handle: rollback },
    summary: "Makes a channel serve the version before.",
    body: "Rollback",
    answers: { 200: "Channel" },
    refusals: [404, 409, 413, 415, 422],
  },
  {
    ...{ method: "get", path: "/models/:name/:version", scopes, handle: showVersion },
    summary: "A version of a model.",
    answers: { 200: "ModelVersion" },
    refusals: [404],
  },
  {
    ...{ method: "get", path: FILE, ...forWorkers, handle: getPackageFile },
    summary: "A file of a version, manifest.json or weights.safetensors, as it was published.",
    answers: { 200: { type: "application/*" } },
    refusals: [404, 409],
  },
  {
    ...{ method: "delete", path: "/models/:name/:version", scopes, handle: remove },
    summary: "Deletes a version that no channel serves.",
    answers: { 204: null },
    refusals: [404, 409],
  },
];

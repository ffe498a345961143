import type { Route } from "../../route.ts";
import { listDatasets, showDataset, showDatasetVersion, showEntries } from "./list.ts";
import { push } from "./push.ts";
import { removeDataset } from "./remove.ts";
import { getShard, headShard, putShard } from "./shards.ts";

const TRAIN = ["train"] as const;
const READ = ["train", "work"] as const;

const SHARD = "/datasets/:name/shards/:sha256";
const TAR = { type: "application/x-tar" };
const LINES = { type: "application/x-ndjson" };

export const datasetRoutes: Route[] = [
  {
    ...{ method: "get", path: "/datasets", scopes: READ, handle: listDatasets },
    summary: "Every data set, with its latest version.",
    answers: { 200: "Datasets" },
  },
  {
    ...{ method: "get", path: "/datasets/:name", scopes: READ, handle: showDataset },
    summary: "The versions of a data set, newest first.",
    answers: { 200: "Dataset" },
    refusals: [404],
  },
  {
    ...{ method: "post", path: "/datasets/:name", scopes: TRAIN, handle: push },
    summary:
      "Checks an index and the entries that follow it line by line, and makes them a version.",
    body: LINES,
    answers: { 200: "Pushed", 201: "Pushed" },
    refusals: [409, 413, 415, 422],
  },
  {
    ...{
      method: "get",
      path: "/datasets/:name/:version",
      scopes: READ,
      handle: showDatasetVersion,
    },
    summary: "The index of a version.",
    answers: { 200: "DatasetVersion" },
    refusals: [404],
  },
  {
    ...{ method: "delete", path: "/datasets/:name/:version", scopes: TRAIN, handle: removeDataset },
    summary: "Deletes a version, with the shards that no other needs.",
    answers: { 204: null },
    refusals: [404, 409],
  },
  {
    ...{ method: "get", path: SHARD, scopes: READ, handle: getShard },
    summary: "A shard, or the part of it that Range names.",
    answers: { 200: TAR, 206: TAR },
    refusals: [404, 416],
  },
  {
    ...{ method: "head", path: SHARD, scopes: READ, handle: headShard },
    summary: "Whether there is a shard, and its length.",
    answers: { 200: null },
    refusals: [404],
  },
  {
    ...{ method: "put", path: SHARD, scopes: TRAIN, handle: putShard },
    summary: "Stores a shard.",
    body: TAR,
    answers: { 200: "Shard", 201: "Shard" },
    refusals: [411, 413, 415, 422],
  },
  {
    ...{
      method: "get",
      path: "/datasets/:name/:version/entries",
      scopes: READ,
      handle: showEntries,
    },
    summary: "The entries of a version, a line of JSON for each image, in the order of their keys.",
    answers: { 200: LINES },
    refusals: [404],
  },
];

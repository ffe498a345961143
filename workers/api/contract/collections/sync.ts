import * as z from "zod";
import { contract } from "../contract.ts";
import { collectionParams, nextSchema, pageQuery } from "./params.ts";

export const sync = contract({
  method: "post",
  path: "/collections/:collection/sync",
  scope: "index",
  summary: "Reconcile with the bucket",
  description:
    "Lists the pictures under the collection's prefix in the bound bucket. What is new or has changed is embedded, " +
    "what is no longer there is removed, in the background. GET the collection for the progress.",
  params: collectionParams,
  answer: {
    description: "The reconciliation has begun, or runs already.",
    schema: z
      .strictObject({
        state: z.enum(["running", "done"]),
        listed: z.int(),
        changed: z.int(),
        removed: z.int(),
        started: z.string(),
      })
      .meta({ id: "Sync" }),
    statuses: [202],
  },
  errors: [400, 404, 503],
});

export const listErrors = contract({
  method: "get",
  path: "/collections/:collection/errors",
  scope: "search",
  summary: "What could not be embedded in the background",
  description:
    "Pictures of the bucket, and of items that a promoted version cannot embed, with the reason.",
  params: collectionParams,
  query: pageQuery,
  answer: {
    description: "A page of failures.",
    schema: z
      .strictObject({
        errors: z.array(
          z.strictObject({
            id: z.string(),
            code: z.string(),
            message: z.string(),
            attempts: z.int(),
            at: z.string(),
          }),
        ),
        next: nextSchema,
      })
      .meta({ id: "CollectionErrors" }),
  },
  errors: [400, 404, 503],
});

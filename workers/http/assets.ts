import * as z from "zod";

/** The binding of the files that a Worker serves. */
export const assetsSchema = z.custom<Fetcher>(
  (value) => typeof value === "object" && value !== null && "fetch" in value,
  "a binding of static assets",
);

import type * as z from "zod";
import { writeBase64 } from "./base64.ts";
import type { encodingSchema } from "../contract/embed.ts";

export type Encoding = z.infer<typeof encodingSchema>;

/** Writes a unit vector for an answer. */
export const writeVector = (row: Float32Array, encoding: Encoding): number[] | string =>
  encoding === "base64" ? writeBase64(row) : Array.from(row);

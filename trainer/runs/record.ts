import { version_core } from "@tensorflow/tfjs-core";
import * as z from "zod";
import { IMAGE_CONTRACT } from "../../shared/image/contract.ts";
import { type Config, configSchema } from "./config.ts";

/** Records without `fit` are of runs that stretched pictures. */
const withFit = (config: unknown): unknown =>
  typeof config === "object" ? { fit: "stretch", ...config } : config;

export const recordSchema = z.strictObject({
  config: z.preprocess(withFit, configSchema),
  /** Of the data set, so that a resumed run trains on the same images. */
  fingerprint: z.string(),
  started: z.iso.datetime(),
  versions: z.record(z.string(), z.string()),
});

/** What a run was started with. */
export type RunRecord = z.infer<typeof recordSchema>;

/** A new run's record. @param fingerprint of the data set */
export const newRecord = (
  config: Config,
  fingerprint: string,
  started = new Date().toISOString(),
): RunRecord => ({
  config,
  fingerprint,
  started,
  versions: {
    node: process.versions.node,
    tfjs: version_core,
    images: String(IMAGE_CONTRACT),
  },
});

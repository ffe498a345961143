/** The process that trains one network on one backend for row.ts. */
import * as z from "zod";
import { BACKENDS } from "../backends/names.ts";
import { openBackend } from "../backends/open.ts";
import { measure } from "./measure.ts";
import { describeFailure } from "./memory.ts";
import { networkNamed } from "./networks.ts";

const STEPS = 3;

const argumentsSchema = z.tuple([z.enum(BACKENDS), z.string()]);
const [backend, name] = argumentsSchema.parse(process.argv.slice(2));
await openBackend(backend, () => undefined);
const answer = await measure(backend, networkNamed(name), STEPS).catch((error: unknown) => ({
  reason: describeFailure(error),
}));
// A native library may keep the process alive.
process.send?.(answer, () => process.exit());

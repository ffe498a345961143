/** The process that opens one backend for examine.ts. Its argument is the name of the backend. */
import * as z from "zod";
import { BACKENDS } from "../backends/names.ts";
import { probe } from "./probe.ts";

const backend = z.enum(BACKENDS).parse(process.argv[2]);
const found = await probe(backend);
// A native library may keep the process alive.
process.send?.(found, () => process.exit());

import { toRow } from "../evaluate/evaluateFolder.ts";
import type { PaperResult } from "./result.ts";

/** A row for each method and seed, as `npm run evaluate` has it; seconds are those of training. */
export const toRows = ({ methods }: PaperResult) =>
  methods.flatMap(({ method, runs }) =>
    runs.map(({ seed, measures, transfer, zeroShot, seconds }) =>
      // What is not known is null in JSON, which has no NaN.
      toRow({
        method,
        seed,
        measures,
        protocols: { transfer, zeroShot },
        seconds: seconds ?? NaN,
      }),
    ),
  );

import type { Decisions } from "../../../trainer/evaluate/decide.ts";
import { content } from "../../oracles/package.ts";

const { calibration, ranking } = content;

/** What held-out classes may have decided of a run. */
export const decisions: Decisions = { calibration, ranking };

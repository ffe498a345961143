import * as z from "zod";

/** The hyperparameters that the methods with PDDM's two losses share, with defaults that suit unit features. */

export const alpha = z.number().min(0).default(0.5).describe("margin of E_m, the loss of S");
export const beta = z.number().min(0).default(1).describe("margin of E_e, the embedding's loss");
export const lambda = z.number().min(0).default(0.5).describe("weight of E_e beside E_m");

import * as z from "zod";

// Hyperparameters of the methods that use PDDM's losses E_m and E_e. The defaults suit unit features.

export const alpha = z.number().min(0).default(0.5).describe("margin of E_m, the loss of S");
export const beta = z.number().min(0).default(1).describe("margin of E_e, the embedding's loss");
export const lambda = z.number().min(0).default(0.5).describe("weight of E_e relative to E_m");

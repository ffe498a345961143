import * as z from "zod";

/** Durable Objects of a class of the search Worker, which answer by RPC. */
export interface Objects<Rpc> {
  idFromName(name: string): DurableObjectId;
  get(id: DurableObjectId): Rpc;
}

/** The schema of a binding. */
export const objectsSchema = <Rpc>() =>
  z.custom<Objects<Rpc>>(
    (value) => typeof value === "object" && value !== null && "idFromName" in value,
    "a binding of Durable Objects",
  );

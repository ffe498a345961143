import * as z from "zod/mini";
import { STATES } from "./answers.ts";

/** Jobs of a page of the list. */
const PAGE = 25;

/** What of the list is shown, as its address says. */
export interface Place {
  /** One of STATES, or "" for all. */
  state: string;
  group: string;
  /** The job before the first; null: from the newest. */
  after: string | null;
}

export function readPlace(search: string): Place {
  const query = new URLSearchParams(search);
  const state = query.get("state") ?? "";
  const known: readonly string[] = STATES;
  return {
    state: known.includes(state) ? state : "",
    group: query.get("group") ?? "",
    after: query.get("after"),
  };
}

function queryOf({ state, group, after }: Place): URLSearchParams {
  const fields = Object.entries({ state, group, after: after ?? "" });
  return new URLSearchParams(fields.filter(([, value]) => value !== ""));
}

export function addressOf(place: Place): string {
  const query = queryOf(place).toString();
  return query === "" ? "/jobs" : `/jobs?${query}`;
}

/** What the registry is asked for. */
export function questionOf(place: Place): URLSearchParams {
  const query = queryOf(place);
  query.set("limit", String(PAGE));
  return query;
}

const historySchema = z.object({ trail: z.array(z.nullable(z.string())) });

/** The pages before this one, by what they are after, from an entry of the browser's history. */
export const readTrail = (entry: unknown): (string | null)[] =>
  historySchema.safeParse(entry).data?.trail ?? [];

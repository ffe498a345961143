import { setTimeout } from "node:timers/promises";
import { info } from "../../../workers/api/contract/status.ts";
import type { Client } from "./client.ts";
import type { Fleet } from "./fleet.ts";
import type { Mix } from "./mix.ts";

const PATIENCE_MS = 20_000;
const PAUSE_MS = 20;

/**
 * Brings the isolate into the state in which its memory is compared. It has followed the last promotion,
 * every codec has decoded its largest image, and all models were asked in the same order, so that the same
 * ones stay loaded.
 *
 * @throws Error if the promotion is not noticed, or an answer is wrong
 */
export async function settle(fleet: Fleet, mix: Mix, client: Client): Promise<void> {
  const started = performance.now();
  for (;;) {
    const answer = info.answer.schema.parse(JSON.parse(await client.get("/info")));
    const id = `${answer.model}@${answer.version}`;
    if (id === fleet.served) break;
    if (performance.now() - started > PATIENCE_MS) {
      throw new Error(`${fleet.served} was promoted, but ${id} is served: ${answer.refresh_error}`);
    }
    await setTimeout(PAUSE_MS);
  }
  for (const { route, post, check } of await mix.largest()) {
    const problem = check(await client.ask(route, post));
    if (problem !== undefined) throw new Error(problem);
  }
  for (const id of [...fleet.ids, ...fleet.ids]) await client.get(`/info?model=${id}`);
}

import type * as z from "zod";
import { rerank } from "../../../workers/api/contract/rerank.ts";
import { similarity } from "../../../workers/api/contract/similarity.ts";
import { FirstAnswers } from "./answers.ts";
import { withModel } from "./embeds.ts";
import type { Fleet } from "./fleet.ts";
import type { Picture } from "./pictures.ts";
import { checkBy, jsonPost, parseReply, type Shot } from "./shot.ts";

/** Pictures to compare. Each version must always give them the same scores. */
export interface Comparison {
  shot(fleet: Fleet, model: string | undefined): Shot;
}

function comparison(
  kind: string,
  contract: { path: string; answer: { schema: z.ZodType<{ model: string; version: string }> } },
  value: unknown,
): Comparison {
  const answers = new FirstAnswers();
  const post = jsonPost(value);
  return {
    shot: (fleet, model) => ({
      kind,
      route: withModel(contract.path, model),
      post,
      check: checkBy((reply) => {
        const answer = parseReply(reply, 200, contract.answer.schema);
        const id = `${answer.model}@${answer.version}`;
        if (!fleet.mayAnswer(id, model)) throw new Error(`${id} answered a request for ${model}`);
        if (answers.agree(id, reply.text)) return;
        throw new Error(`${id} gave the same images other scores than the first time`);
      }),
    }),
  };
}

/** POST /similarity and /rerank of the first picture with the others. */
export function comparisons(pictures: readonly Picture[]): {
  similarity: Comparison;
  pairs: Comparison;
  rerank: Comparison;
} {
  const [first, ...others] = pictures.map(({ bytes }) => Buffer.from(bytes).toString("base64"));
  const pairs = others.map((other) => [first, { image: other }]);
  return {
    similarity: comparison("/similarity", similarity, { source: first, candidates: others }),
    pairs: comparison("/similarity", similarity, { pairs }),
    rerank: comparison("/rerank", rerank, {
      query: first,
      candidates: others,
      return_embeddings: true,
    }),
  };
}

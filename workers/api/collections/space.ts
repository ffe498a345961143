import type { Model } from "../../../shared/model.ts";
import type { RankedSpace } from "../../protocol/collection.ts";

/** How a model's vectors lie in a collection. Where it ranks by distance, S is not what is searched by. */
export const spaceOf = ({ isLocal, manifest }: Model): RankedSpace => ({
  version: manifest.version,
  width: manifest.embedding.dimensions,
  local: isLocal && manifest.ranking.by === "s",
  ranking: manifest.ranking.by,
});

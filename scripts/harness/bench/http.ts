import { applyLoad, type Question } from "./load.ts";
import { drawNetwork, MOBILENET_SMALL, pack, QUICK } from "./networks.ts";
import { embedQuestion, similarityQuestion } from "./questions.ts";
import { measureCache } from "./httpCache.ts";
import type { Http, HttpRow } from "./report.ts";
import type { Stage } from "./stage.ts";

const CONNECTIONS = [1, 8, 32];
const CANDIDATES = 100;

/** Measures each route with several numbers of connections. The image is embedded anew each time. */
function measureRoutes(stage: Stage, model: string, questions: Question[]): Promise<HttpRow[]> {
  const { signal } = stage;
  const ask = async (url: string) => {
    const rows: HttpRow[] = [];
    for (const question of questions) {
      stage.say(`http: ${question.route}`);
      const requests = stage.quick ? 32 : 400;
      await applyLoad(url, question, { requests: requests / 4, connections: 1, signal });
      for (const connections of CONNECTIONS) {
        rows.push(await applyLoad(url, question, { requests, connections, signal }));
      }
    }
    return rows;
  };
  return stage.withApi(model, ask, { variables: { CACHE_BYTES: "0" } });
}

/**
 * Measures requests per second to the API Worker, and how long one takes. The client runs on the same
 * machine and shares its processor.
 */
export async function measureHttp(stage: Stage): Promise<Http> {
  const network = stage.quick ? QUICK : MOBILENET_SMALL;
  const { name } = await stage.publish(await pack(await drawNetwork(network), "int8"));
  const embed = await embedQuestion(500, 375);
  const similarity = similarityQuestion(CANDIDATES, network.config.dimensions);
  return {
    routes: await measureRoutes(stage, name, [embed, similarity]),
    cache: await measureCache(stage, name, embed),
  };
}

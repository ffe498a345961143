import { applyLoad } from "./load.ts";
import { drawNetwork, MOBILENET_SMALL, pack, QUICK } from "./networks.ts";
import { embedQuestion, similarityQuestion } from "./questions.ts";
import type { HttpRow } from "./report.ts";
import type { Stage } from "./stage.ts";

const CONNECTIONS = [1, 8, 32];
const CANDIDATES = 100;

/**
 * Requests a second to the API Worker, and how long one takes. Who asks runs on the same machine and
 * takes its part of it.
 */
export async function measureHttp(stage: Stage): Promise<HttpRow[]> {
  const network = stage.quick ? QUICK : MOBILENET_SMALL;
  const [id] = await stage.publish(await pack(await drawNetwork(network), "int8"));
  const questions = [
    await embedQuestion(500, 375),
    similarityQuestion(CANDIDATES, network.config.dimensions),
  ];
  const { signal } = stage;
  return stage.withApi(id.name, async (url) => {
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
  });
}

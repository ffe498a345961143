import { Model } from "../../shared/model.ts";
import { openBackend } from "../backends/open.ts";
import type { Say } from "../console/say.ts";
import { readFolder } from "../data/readFolder.ts";
import { splitByClass } from "../data/split.ts";
import { embedAll } from "../evaluate/embedAll.ts";
import { embedItems } from "../evaluate/embed.ts";
import { hitsBy } from "../evaluate/ranking/hits.ts";
import { chooseQueries } from "../evaluate/ranking/queries.ts";
import { testObstacle } from "../evaluate/testable.ts";
import { ENGINE } from "../export/engine.ts";
import { readPackage } from "../export/package.ts";
import type { Measured, MeasureTask, Report } from "./messages.ts";

interface Hits {
  hits: boolean[];
  obstacle: string | null;
  /** Of the images. */
  fingerprint: string;
  trainedOn: string;
  isInt8: boolean;
}

/** Measures a package on the test classes of a data set, ranked as it says that it should be. */
async function measurePackage(
  folder: string,
  { data: dataFolder, trainClasses, seed }: MeasureTask,
  say: Say,
  signal: AbortSignal,
): Promise<Hits> {
  const content = await readPackage(folder);
  const { input, ranking, training } = content.manifest;
  const data = await readFolder(dataFolder, input, say);
  const split = splitByClass(data, trainClasses);
  const about = {
    fingerprint: data.fingerprint,
    trainedOn: training.dataset.fingerprint,
    isInt8: content.activations !== undefined,
  };
  const obstacle = testObstacle(data, split);
  if (obstacle !== null) return { hits: [], obstacle, ...about };
  const model = await Model.open(content, ENGINE);
  const embed = (items: readonly number[]) => embedItems(model, data, items);
  const embedded = chooseQueries(await embedAll(embed, split.test, signal), seed);
  return { hits: hitsBy(ranking.by, model, embedded), obstacle, ...about };
}

/**
 * Measures two packages on the same images of classes that the challenger has not trained on, on WebAssembly, in the
 * arithmetic of the edge: int8 where the package has it.
 */
export async function measurePackages(
  task: MeasureTask,
  tell: (report: Report) => void,
  signal: AbortSignal,
): Promise<Measured> {
  const say = (line: string) => tell({ kind: "say", line });
  await openBackend("wasm", say);
  const challenger = await measurePackage(task.challenger, task, say, signal);
  const champion =
    task.champion === null ? null : await measurePackage(task.champion, task, say, signal);
  const floats = [
    ...(challenger.isInt8 ? [] : ["the new one"]),
    ...(champion === null || champion.isInt8 ? [] : ["the old one"]),
  ];
  const remarks = [
    ...(floats.length > 0 ? [`${floats.join(" and ")} computes in float32`] : []),
    ...(champion !== null && champion.trainedOn !== champion.fingerprint
      ? ["the old one was trained on other images, and may have seen these classes"]
      : []),
  ];
  return {
    queries: challenger.hits.length,
    hits: { challenger: challenger.hits, champion: champion?.hits ?? [] },
    obstacle: challenger.obstacle ?? champion?.obstacle ?? null,
    remarks,
  };
}

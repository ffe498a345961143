import { Model } from "../../shared/model.ts";
import { openBackend } from "../../trainer/backends/open.ts";
import type { Say } from "../../trainer/console/say.ts";
import { readFolder } from "../../trainer/data/readFolder.ts";
import { UserError } from "../../trainer/error.ts";
import { embedItems } from "../../trainer/evaluate/embed.ts";
import { embedAll } from "../../trainer/evaluate/embedAll.ts";
import { ENGINE } from "../../trainer/export/engine.ts";
import { readPackage } from "../../trainer/export/package.ts";
import type { FolderEmbeddings } from "./embedByWorker.ts";

/**
 * Embeds the images of a folder with the trainer's decoder and WebAssembly.
 *
 * @param say prints a line for a person
 * @throws UserError if no image decodes
 */
export async function embedByPackage(
  packageFolder: string,
  folder: string,
  say: Say,
  signal: AbortSignal,
): Promise<FolderEmbeddings> {
  const content = await readPackage(packageFolder);
  const { name, version, input } = content.manifest;
  const data = await readFolder(folder, input, say);
  if (data.paths.length === 0) throw new UserError(`${folder} holds no image that decodes`);
  await openBackend("wasm", say);
  const model = await Model.open(content, ENGINE);
  const embed = (items: readonly number[]) => embedItems(model, data, items);
  const { embeddings, d } = await embedAll(embed, Array.from(data.paths.keys()), signal);
  const rows = data.paths.map((path, item) => ({ path, class: data.classes[data.labels[item]!]! }));
  return { model: name, version, embeddings, d, rows };
}

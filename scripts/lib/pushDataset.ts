import type { Say } from "../../trainer/console/say.ts";
import { byteProgress } from "../../trainer/console/byteProgress.ts";
import { Progress } from "../../trainer/console/progress.ts";
import { readContents } from "../../trainer/data/remote/contents.ts";
import { pushFolder } from "../../trainer/data/remote/push.ts";
import type { DatasetClient } from "../../trainer/registry/datasets.ts";
import { megabytes, plural } from "./counts.ts";

/**
 * Pushes a folder of images to a registry, with progress, and says what was sent.
 *
 * @returns the version
 * @throws UserError, Refused, Unanswered
 */
export async function pushDataset(
  client: DatasetClient,
  folder: string,
  name: string,
  say: Say,
  signal: AbortSignal,
): Promise<string> {
  let bar: Progress | null = null;
  const contents = await readContents(
    folder,
    (done, total) => {
      bar ??= new Progress("reading", "images", total);
      bar.update(done);
    },
    signal,
  ).finally(() => bar?.stop());
  for (const line of contents.remarks) say(line);
  const { images, classNames, bytes } = contents;
  const sending = byteProgress("sending");
  const options = { progress: sending.update, signal };
  const { version, isNew, shards, kept, sentBytes } = await pushFolder(
    ...([client, folder, name, contents, options] as const),
  ).finally(sending.stop);
  const what = `${plural(images.length, "image")} of ${plural(classNames.length, "class", "classes")}, ${megabytes(bytes)}`;
  say(`${isNew ? "Pushed" : "Already there:"} ${name}@${version}, ${what}`);
  const there = kept > 0 ? `; ${kept} of ${plural(shards, "shard")} were there before` : "";
  say(`Sent ${sentBytes === 0 ? "no images" : megabytes(sentBytes)}${there}`);
  return version;
}

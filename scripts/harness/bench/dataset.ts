import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DECODING } from "../../../shared/image/frame.ts";
import { loadFolder } from "../../../trainer/data/folder.ts";
import { readContents } from "../../../trainer/data/remote/contents.ts";
import { fetchDataset } from "../../../trainer/data/remote/fetchDataset.ts";
import { pushFolder } from "../../../trainer/data/remote/push.ts";
import { DatasetClient } from "../../../trainer/registry/datasets.ts";
import { median } from "../measure/quantile.ts";
import { photo } from "./photo.ts";
import { withAccess } from "./registryAccess.ts";
import type { DatasetRow } from "./report.ts";
import type { Stage } from "./stage.ts";

const SIDE = 128;
const CLASSES = 100;
const NAME = "pictures";

/** As a job of the defaults reads them. */
const FRAME = { width: 48, height: 48, margin: 3, fit: "cover" as const, decode: DECODING };

const ignore = () => undefined;

/** Writes pictures of which no two are the same. */
async function writePictures(folder: string, count: number): Promise<void> {
  const drawn = await photo(SIDE, SIDE);
  for (let at = 0; at < count; at++) {
    const parent = join(folder, `class-${at % CLASSES}`);
    await mkdir(parent, { recursive: true });
    const hued = drawn.clone().modulate({ brightness: 0.5 + at / count, hue: at % 360 });
    await writeFile(join(parent, `${at}.jpg`), await hued.jpeg({ quality: 85 }).toBuffer());
  }
}

const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

/**
 * Measures what a job waits for before it trains: with the data set of a registry, in an empty cache and in one that has
 * it, and with a folder. Each round has all of them.
 */
export async function measureDataset(stage: Stage): Promise<DatasetRow> {
  const { signal, quick } = stage;
  const [rounds, images] = quick ? [1, 2 * CLASSES] : [5, 60 * CLASSES];
  const folder = join(stage.folder, "photos");
  await writePictures(folder, images);
  return withAccess(stage, {}, async (access) => {
    const client = new DatasetClient(access);
    const options = { progress: ignore, signal };
    const contents = await readContents(folder, ignore, signal);
    const { version } = await pushFolder(client, folder, NAME, contents, options);
    const [cold, warm, fetched, local]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let round = 0; round < rounds; round++) {
      stage.say(`dataset: round ${round + 1} of ${rounds}`);
      const cache = await mkdtemp(join(stage.folder, "cache-"));
      let path = "";
      const fetch = async () => {
        const it = await fetchDataset(client, NAME, version, cache, {
          limitBytes: 1e10,
          ...options,
        });
        path = it.folder;
        await it.release();
      };
      cold.push(await secondsOf(fetch));
      warm.push(await secondsOf(fetch));
      fetched.push(await secondsOf(() => loadFolder(path, FRAME, ignore)));
      local.push(await secondsOf(() => loadFolder(folder, FRAME, ignore)));
      await rm(cache, { recursive: true });
    }
    return {
      ...{ images, bytes: contents.bytes },
      ...{ cold_s: median(cold), warm_s: median(warm) },
      ...{ read_fetched_s: median(fetched), read_local_s: median(local) },
    };
  });
}

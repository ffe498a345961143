import { Progress } from "../../../trainer/console/progress.ts";
import type { Say } from "../../../trainer/console/say.ts";
import { listImages } from "../../../trainer/data/layouts/recognise.ts";
import { skippedLines } from "../../../trainer/data/skipped.ts";
import { batches } from "./batches.ts";
import type { Collection, CollectionClient, Page } from "./client.ts";
import { inParallel } from "../../../trainer/inParallel.ts";
import { assertFits, makeCollection, type Wanted } from "./open.ts";
import { type Picture, pictureOf } from "./pictures.ts";
import { searchHint } from "./searchHint.ts";
import { Tally, upload } from "./upload.ts";

/** Items of a page of the list. */
const PAGE = 1000;

interface Options extends Wanted {
  /** Requests at a time. */
  concurrency: number;
  /** Whether to delete items that are not in the folder. */
  prune: boolean;
}

/** What the collection holds by ids: the SHA-256 of a picture, and its label. */
type Known = Map<string, { sha256: string | null; label: unknown }>;

async function readKnown(client: CollectionClient, signal: AbortSignal): Promise<Known> {
  const known: Known = new Map();
  let page: Page | undefined;
  while (page?.next !== null && !signal.aborted) {
    page = await client.list(page?.next ?? null, PAGE);
    for (const { id, sha256, metadata } of page.items) {
      known.set(id, { sha256, label: metadata.label });
    }
  }
  return known;
}

/** Deletes items that are not in the folder, or says how many there are. */
async function prune(
  client: CollectionClient,
  gone: string[],
  { prune: isWanted, concurrency }: Options,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  if (gone.length === 0) return;
  const items = gone.length === 1 ? "1 item that is" : `${gone.length} items that are`;
  if (!isWanted) {
    say(`The collection holds ${items} not in the folder; --prune deletes what is not in it.`);
    return;
  }
  let deleted = 0;
  await inParallel(gone.values(), concurrency, signal, async (id) => {
    await client.remove(id);
    deleted += 1;
  });
  say(
    deleted === gone.length
      ? `Deleted ${items} not in the folder.`
      : `Deleted ${deleted} of ${items} not in the folder.`,
  );
}

/** Sends what the collection lacks. @returns what has become of each file, also where it fails */
async function sendAll(
  client: CollectionClient,
  { folder, pictures, isThere }: { folder: string; pictures: Picture[]; isThere: IsThere },
  concurrency: number,
  signal: AbortSignal,
): Promise<{ tally: Tally; failure: Error | null }> {
  const tally = new Tally();
  const progress = new Progress("indexing", "images", pictures.length);
  const source = batches(folder, pictures, {
    isThere,
    onThere: () => {
      tally.there += 1;
      progress.update(tally.done);
    },
    onSkipped: (skipped) => tally.skipped.push(skipped),
  });
  try {
    await inParallel(source, concurrency, signal, async (files) => {
      await upload(client, files, tally);
      progress.update(tally.done);
    });
    return { tally, failure: null };
  } catch (error) {
    return { tally, failure: error instanceof Error ? error : new Error(String(error)) };
  } finally {
    progress.stop();
  }
}

type IsThere = (picture: Picture, sha256: string) => boolean;

const images = (count: number) => (count === 1 ? "1 image" : `${count} images`);

function summary({ created, replaced, there, sent }: Tally, name: string): string {
  const already = there > 0 ? `; ${there} ${there === 1 ? "was" : "were"} there already` : "";
  const kinds = sent > 0 ? ` (${created} new, ${replaced} replaced)` : "";
  return `Sent ${images(sent)} to the collection ${name}${kinds}${already}.`;
}

/** What a collection lacks to serve the promoted version; null if nothing. */
function staleLine({ state, name, target, pending }: Collection): string | null {
  if (state !== "stale") return null;
  return (
    `The version ${target} was promoted. ${name} keeps no pictures, so ${pending} of its items must be sent again ` +
    "before it can serve that version."
  );
}

/**
 * Brings a collection to what a folder of images holds: sends the images that it lacks or that have changed. The
 * collection is made if there is none.
 *
 * @param say prints a line for a person
 * @throws UserError if the folder is wrong, or if the Worker refuses or does not answer
 */
export async function indexFolder(
  folder: string,
  client: CollectionClient,
  options: Options,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const existing = await client.find();
  if (existing) assertFits(existing, options);
  const { records, remarks } = await listImages(folder);
  for (const line of remarks) say(line);
  const pictures = records.map(pictureOf).sort((a, b) => (a.path < b.path ? -1 : 1));
  const made = existing ?? (await makeCollection(client, options, pictures.length));
  const { model, version, name, capacity } = made;
  if (!existing) say(`Made the collection ${name} of ${model}, with room for ${capacity} images.`);
  else say(`The collection ${name} of ${model}@${version} holds ${existing.count} items.`);

  const known: Known = existing ? await readKnown(client, signal) : new Map();
  const present = new Set(pictures.map(({ id }) => id));
  if (!signal.aborted) {
    const gone = [...known.keys()].filter((id) => !present.has(id));
    await prune(client, gone, options, say, signal);
  }
  // Read anew: the first request after a promotion tells the collection of it.
  const now = (await client.find()) ?? made;
  const stale = staleLine(now);
  if (stale !== null) say(`${stale} All images are sent again.`);
  const isThere: IsThere = ({ id, metadata }, sha256) => {
    const there = known.get(id);
    return stale === null && there?.sha256 === sha256 && there.label === metadata.label;
  };
  const source = { folder, pictures, isThere };
  const { tally, failure } = await sendAll(client, source, options.concurrency, signal);

  for (const line of skippedLines(tally.skipped)) say(line);
  say(summary(tally, name));
  if (failure !== null || signal.aborted) {
    const left = pictures.length - tally.done;
    say(
      `Stopped before ${images(left)}. Go on with the same command: what is there is not sent again.`,
    );
  }
  if (failure !== null) throw failure;
  const skipped = new Set(tally.skipped.map(({ path }) => path));
  const example = pictures.find(({ path }) => !skipped.has(path));
  if (!signal.aborted && example) say(searchHint(client, folder, example.path));
}

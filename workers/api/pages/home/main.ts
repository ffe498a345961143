import { byId } from "../../../pages/element.ts";
import { bytes, count } from "../../../pages/format.ts";
import { KeyForm } from "../../../pages/keyForm.ts";
import { Problems } from "../../../pages/problems.ts";
import { Refusal } from "../../../pages/refusal.ts";
import type { Info } from "./answers.ts";
import { Board } from "./board.ts";
import { showCard } from "./card.ts";
import { Client } from "./client.ts";
import { prepareCopying } from "./commands.ts";
import { embedPictures } from "./embedPictures.ts";
import { chooseFiles, takeDrops } from "./files.ts";
import { mostBytes, mostPictures, USUAL } from "./limits.ts";
import type { Picture } from "./picture.ts";
import { fetchSample, loadSamples, showSamples } from "./samples.ts";
import { scorePairs } from "./scorePairs.ts";
import { Search } from "./search/search.ts";
import { shrinkLarger } from "./shrink.ts";
import { makeThumbnail } from "./thumbnail.ts";
import { type Address, followAddress } from "./views.ts";

const keys = new KeyForm("pddm-api-key", "This API requires a key.");
const client = new Client(keys);
const problems = new Problems("problems");
const status = byId("status", HTMLElement);
const say = (message: string) => (status.textContent = message);

let info: Info | undefined;
const board = new Board(
  () => ({ origin: location.origin, key: keys.key !== null }),
  () => info?.ranking.by ?? "s",
  say,
);

async function loadInfo(): Promise<Info> {
  if (info) return info;
  info = await client.info();
  const { limits } = info;
  byId("limits", HTMLElement).textContent =
    `JPEG, PNG, WebP, AVIF, HEIC or GIF; up to ${mostPictures(limits)} images, ` +
    `each at most ${(limits.pixels / 1e6).toFixed(1)} megapixels and ${bytes(mostBytes(limits))}`;
  showCard(info);
  return info;
}

/** Shrinks files that have too many pixels for the API, and reports them. */
async function shrinkLarge(files: readonly File[], { limits }: Info): Promise<File[]> {
  const shrunk: File[] = [];
  // One after the other, because a photograph takes 50 MB while it is drawn.
  for (const file of files) {
    const small = await shrinkLarger(file, limits.pixels);
    if (small !== file) {
      const most = (limits.pixels / 1e6).toFixed(1);
      problems.add(
        `shrunk here, because the limit is ${most} megapixels; for curl, shrink it first`,
        file.name,
      );
    }
    shrunk.push(small);
  }
  return shrunk;
}

/** The files within the limits. It reports the others. */
function takeWithinLimits(files: readonly File[], { limits }: Info): File[] {
  const [most, largest] = [mostPictures(limits), mostBytes(limits)];
  let room = most - board.pictures.length;
  return files.filter(({ size, name }) => {
    if (size > largest) {
      problems.add(`it has ${bytes(size)}; the limit is ${bytes(largest)}`, name);
      return false;
    }
    if (room-- > 0) return true;
    problems.add(`left out: the limit is ${most} images at a time`, name);
    return false;
  });
}

/** Reserves a name, with a number if it is taken. */
function takeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name} (${number})`;
  taken.add(free);
  return free;
}

let nextId = 0;
function makePictures(files: readonly File[], sample: boolean): Promise<Picture[]> {
  const taken = new Set(board.pictures.map(({ name }) => name));
  return Promise.all(
    files.map(async (file) => ({
      id: nextId++,
      name: takeName(file.name, taken),
      file,
      sample,
      thumbnail: await makeThumbnail(file),
    })),
  );
}

/** Embeds new pictures, compares them with all others, and shows how long that took. */
async function embedAndCompare(added: readonly Picture[], known: Info): Promise<void> {
  const embedding = await embedPictures(client, added, known.limits, (picture, message) => {
    board.remove(picture);
    problems.add(message, picture.name);
  });
  const { pairs, times } = await scorePairs(client, board.pictures, board.scores, known);
  const embedded = added.filter((picture) => picture.vector && board.pictures.includes(picture));
  const compared = pairs > 0 ? `, ${count(pairs, "pair")} compared in ${times.toString()}` : "";
  say(
    embedded.length > 0
      ? `${count(embedded.length, "image")} embedded in ${embedding.toString()}${compared}.`
      : "",
  );
}

async function add(load: () => Promise<File[]>, sample: boolean): Promise<void> {
  problems.clear();
  try {
    const files = await load();
    const known = await loadInfo();
    const taken = takeWithinLimits(await shrinkLarge(files, known), known);
    if (taken.length === 0) return;
    say(`Embedding ${count(taken.length, "image")} \u2026`);
    const added = await makePictures(taken, sample);
    board.add(added);
    await embedAndCompare(added, known);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    for (const picture of board.pictures) if (!picture.vector) board.remove(picture);
    say("");
    problems.add(error.message);
  } finally {
    board.show();
  }
}

/** Runs actions one after the other, because files may be added while others are being sent. */
let queue = Promise.resolve();
const enqueue = (action: () => Promise<void>) => (queue = queue.then(action));

const addFiles = (files: File[]) => void enqueue(() => add(() => Promise.resolve(files), false));
chooseFiles(byId("choose", HTMLButtonElement), byId("files", HTMLInputElement), addFiles);
prepareCopying(say);
byId("clear", HTMLElement).addEventListener("click", () => {
  problems.clear();
  say("");
  board.clear();
  byId("choose", HTMLElement).focus();
});

void loadSamples().then((samples) => {
  showSamples(samples);
  byId("use-samples", HTMLElement).addEventListener("click", () => {
    const load = () => {
      const present = board.pictures.filter(({ sample }) => sample).map(({ name }) => name);
      const missing = samples.files.filter((file) => !present.includes(file));
      return Promise.all(missing.map(fetchSample));
    };
    void enqueue(() => add(load, true));
  });
});

void enqueue(async () => {
  try {
    await loadInfo();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    problems.add(error.message);
  }
});

const search = new Search(client, async () => {
  try {
    return (await loadInfo()).limits;
  } catch (error) {
    if (error instanceof Refusal && error.code === "wrong_scope") return USUAL;
    throw error;
  }
});

let address: Address;
followAddress((shown) => {
  address = shown;
  if (shown.view === "search") search.show(shown.collection);
});
takeDrops((transfer) => {
  if (address.view === "search") search.drop(transfer);
  else if (transfer.files.length > 0) addFiles([...transfer.files]);
});
document.addEventListener("paste", ({ clipboardData }) => {
  const [file] = clipboardData?.files ?? [];
  if (file && address.view === "search") search.paste(file);
});

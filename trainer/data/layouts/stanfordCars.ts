import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { UserError } from "../../error.ts";
import { type Layout, type Listing, lacks } from "./listing.ts";
import { readMat } from "./mat.ts";

/**
 * Stanford Cars, CARS196 (Krause et al. 2013), classes by id. Its zero-shot protocol trains on the
 * first 98 of 196 classes, which is the default split here, with the images of both the set's own train
 * part and its test part. It uses whole images and ignores the bounding boxes.
 */

const NAME = "Stanford Cars";

const scalar = z.tuple([z.number()]).transform(([value]) => value);
const mergedSchema = z.object({
  annotations: z.array(z.object({ relative_im_path: z.string(), class: scalar })),
  class_names: z.array(z.string()),
});
const partSchema = z.object({
  annotations: z.array(z.object({ fname: z.string(), class: scalar })),
});
const metaSchema = z.object({ class_names: z.array(z.string()) });

interface Annotation {
  path: string;
  /** The class id, from 1. */
  id: number;
}

async function readChecked<T>(root: string, file: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await readMat(join(root, file)));
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new UserError(`${join(root, file)}: ${path.join(".")}: ${message}`);
}

function toListing(annotations: Annotation[], names: string[]): Listing {
  const sorted = [...annotations].sort((a, b) => a.id - b.id);
  return {
    layout: NAME,
    records: sorted.map(({ path, id }) => ({ path, className: names[id - 1] ?? String(id) })),
  };
}

/** The later release: all images in one folder, with one file of annotations. */
async function listMerged(root: string, entries: ReadonlySet<string>): Promise<Listing | null> {
  const parts = ["cars_annos.mat", "car_ims"];
  const found = parts.find((name) => entries.has(name));
  if (found === undefined) return null;
  const missing = parts.filter((name) => !entries.has(name));
  if (missing.length > 0) throw lacks(root, NAME, found, missing);
  const { annotations, class_names } = await readChecked(root, parts[0]!, mergedSchema);
  return toListing(
    annotations.map(({ relative_im_path, class: id }) => ({ path: relative_im_path, id })),
    class_names,
  );
}

/** Finds a file of the devkit, which some copies have in the root. */
function locate(root: string, file: string): string | undefined {
  return [`devkit/${file}`, file].find((path) => existsSync(join(root, path)));
}

async function readPart(root: string, file: string, folder: string): Promise<Annotation[]> {
  const { annotations } = await readChecked(root, file, partSchema);
  return annotations.map(({ fname, class: id }) => ({ path: `${folder}/${fname}`, id }));
}

/** The archives of the competition: train and test part apart, with test labels added later. */
async function listParts(root: string, entries: ReadonlySet<string>): Promise<Listing | null> {
  const train = locate(root, "cars_train_annos.mat");
  const found = train ?? (entries.has("cars_train") ? "cars_train" : undefined);
  if (found === undefined) return null;
  if (!train) throw lacks(root, NAME, found, ["devkit/cars_train_annos.mat"]);
  if (!entries.has("cars_train")) throw lacks(root, NAME, found, ["cars_train"]);
  const annotations = await readPart(root, train, "cars_train");

  const test = locate(root, "cars_test_annos_withlabels.mat");
  if (test && !entries.has("cars_test")) throw lacks(root, NAME, test, ["cars_test"]);
  if (!test && entries.has("cars_test")) {
    throw lacks(root, NAME, "cars_test", ["cars_test_annos_withlabels.mat"]);
  }
  if (test) annotations.push(...(await readPart(root, test, "cars_test")));
  const meta = locate(root, "cars_meta.mat");
  const names = meta ? (await readChecked(root, meta, metaSchema)).class_names : [];
  return toListing(annotations, names);
}

export const stanfordCars: Layout = async (root, entries) =>
  (await listMerged(root, entries)) ?? (await listParts(root, entries));

import { createReadStream } from "node:fs";
import { join } from "node:path";
import {
  type DatasetEntry,
  type DatasetIndex,
  entrySchema,
  indexSchema,
} from "../../../shared/dataset/dataset.ts";
import { firstIssue } from "../../../shared/firstIssue.ts";
import { parseJson } from "../../../shared/json.ts";
import { UserError } from "../../error.ts";
import { linesOf } from "../lines.ts";
import type { Layout } from "./listing.ts";

/** Lists a data set that came from a registry: its index, then its entries, a line of JSON each. */
export const PUSHED_FILE = "dataset.ndjson";

/** @throws UserError if the file does not list a data set */
export async function readPushed(
  root: string,
): Promise<{ index: DatasetIndex; entries: DatasetEntry[] }> {
  const path = join(root, PUSHED_FILE);
  const entries: DatasetEntry[] = [];
  let index: DatasetIndex | undefined;
  let number = 0;
  for await (const line of linesOf(createReadStream(path))) {
    number += 1;
    const parsed = (index ? entrySchema : indexSchema).safeParse(parseJson(line));
    if (!parsed.success) {
      const { path: field, message } = firstIssue(parsed.error);
      throw new UserError(`${path}:${number}: ${[...field, message].join(": ")}`);
    }
    if ("format" in parsed.data) index = parsed.data;
    else entries.push(parsed.data);
  }
  if (!index) throw new UserError(`${path} is empty; its first line should be the index`);
  if (entries.length !== index.images) {
    throw new UserError(`${path} lists ${entries.length} images, its index ${index.images}`);
  }
  return { index, entries };
}

/**
 * A data set that was pulled from a registry. Every image lies where it lay in the folder that was pushed, and
 * `dataset.ndjson` keeps the order of the classes, which the folders alone do not.
 */
export const pushed: Layout = async (root, names) => {
  if (!names.has(PUSHED_FILE)) return null;
  const { index, entries } = await readPushed(root);
  const byClass = new Map<string, DatasetEntry[]>(index.classNames.map((name) => [name, []]));
  for (const entry of entries) {
    const { class: name } = entry;
    const own = byClass.get(name);
    if (!own) throw new UserError(`${join(root, PUSHED_FILE)}: its index has no class ${name}`);
    own.push(entry);
  }
  const records = Array.from(byClass, ([className, own]) =>
    own.map(({ key, sha256 }) => ({ path: key, className, sha256 })),
  ).flat();
  return { layout: PUSHED_FILE, records, trainClasses: index.trainClasses };
};

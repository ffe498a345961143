import { compareKeys } from "../../../shared/compareKeys.ts";
import type { DatasetEntry, DatasetIndex } from "../../../shared/dataset/dataset.ts";
import { HttpError } from "../../http/errors.ts";

const invalid = (problem: string, param: string) =>
  new HttpError("dataset_invalid", `${param}: ${problem}`, param);

/** The first of some texts that comes a second time. */
function repeated(texts: string[]): string | undefined {
  const seen = new Set<string>();
  return texts.find((text) => seen.size === seen.add(text).size);
}

/** Checks what the schema of an index cannot. @throws HttpError 422 dataset_invalid */
export function checkIndex({ classes, classNames, trainClasses = 0, shards }: DatasetIndex): void {
  if (classNames.length !== classes) {
    throw invalid(`it is ${classes}, but there are ${classNames.length} names`, "index.classes");
  }
  if (trainClasses > classes) {
    throw invalid(`it is ${trainClasses}, of ${classes} classes`, "index.trainClasses");
  }
  const name = repeated(classNames);
  if (name !== undefined) throw invalid(`"${name}" is there twice`, "index.classNames");
  const shard = repeated(shards.map(({ sha256 }) => sha256));
  if (shard !== undefined) throw invalid(`${shard} is there twice`, "index.shards");
}

/** Checks that entries agree with their index and with each other, one after the other. */
export class EntriesCheck {
  private readonly unseen: Set<string>;
  private readonly classNames: Set<string>;
  private images = 0;
  private bytes = 0;
  private before = "";

  constructor(private readonly index: DatasetIndex) {
    this.classNames = new Set(index.classNames);
    this.unseen = new Set(index.classNames);
  }

  /** The place of the next entry in the request. */
  get where(): string {
    return `entries[${this.images}]`;
  }

  /** @throws HttpError 422 dataset_invalid */
  add({ key, class: name, shard, bytes }: DatasetEntry): void {
    const { images, shards } = this.index;
    const { where } = this;
    if (this.images === images) {
      throw invalid(`there are more entries than its ${images}`, "index.images");
    }
    const order = this.images === 0 ? 1 : compareKeys(key, this.before);
    if (order === 0) throw invalid(`"${key}" is there twice`, `${where}.key`);
    if (order < 0) {
      const problem = `"${key}" comes after "${this.before}"; keys are in the order of their bytes`;
      throw invalid(problem, `${where}.key`);
    }
    if (!this.classNames.has(name)) {
      throw invalid(`"${name}" is none of index.classNames`, `${where}.class`);
    }
    if (shard >= shards.length) {
      throw invalid(`it is ${shard}, of ${shards.length} shards from 0`, `${where}.shard`);
    }
    this.unseen.delete(name);
    this.images += 1;
    this.bytes += bytes;
    this.before = key;
  }

  /** @param digest SHA-256 of the lines @throws HttpError 422 dataset_invalid */
  finish(digest: string): void {
    const { images, bytes, entries } = this.index;
    if (this.images !== images) {
      throw invalid(`it is ${images}, but there are ${this.images} entries`, "index.images");
    }
    if (this.bytes !== bytes) {
      throw invalid(`it is ${bytes}, but the entries have ${this.bytes} together`, "index.bytes");
    }
    for (const name of this.unseen) throw invalid(`"${name}" has no entry`, "index.classNames");
    if (digest !== entries) {
      throw invalid(`it is ${entries}, but the entries have ${digest}`, "index.entries");
    }
  }
}

import { bytes } from "../../../../pages/format.ts";
import { Refusal } from "../../../../pages/refusal.ts";
import type { Info } from "../answers.ts";
import { groupPictures, mostBytes } from "../limits.ts";
import { shrinkLarger } from "../shrink.ts";
import type { Collection } from "./answers.ts";
import { type Collections, PAGE } from "./collections.ts";
import { digestOf, type NewItem } from "./newItems.ts";

/** Pages of items that are always worth reading to see what is there already. */
const FEW_PAGES = 10;

const FULL = "collection_full";

/** A file that could not be added, and why. */
export interface Failure {
  path: string;
  reason: string;
}

/** An item with its file as it is sent. */
interface Ready {
  item: NewItem;
  file: File;
}

/** What is to be done with an item. */
type Prepared = Ready | { item: NewItem; there: true } | { item: NewItem; reason: string };

/** Puts the files of a folder into a collection. What is there already, with the same bytes, is not sent again. */
export class Upload {
  added = 0;
  there = 0;
  readonly failures: Failure[] = [];
  /** What has been sent since the upload was begun or continued, and for how long, in milliseconds. */
  pace = { sent: 0, took: 0 };
  private readonly settled = new Set<NewItem>();
  private stopping = false;

  constructor(
    private readonly collections: Pick<Collections, "get" | "items" | "write">,
    private readonly limits: Info["limits"],
    readonly name: string,
    private readonly items: readonly NewItem[],
  ) {}

  get total(): number {
    return this.items.length;
  }

  get done(): number {
    return this.settled.size;
  }

  /** Stops after the request that is on its way. */
  stop(): void {
    this.stopping = true;
  }

  /**
   * Sends what has not been sent yet. It may be called again after it was stopped or has failed.
   *
   * @param tell called after each step
   * @throws Refusal if the API refuses a whole request
   */
  async run(tell: () => void): Promise<void> {
    this.stopping = false;
    this.pace = { sent: 0, took: 0 };
    const left = this.items.filter((item) => !this.settled.has(item));
    const digests = await this.digestsThere(await this.collections.get(this.name), left.length);
    const { images } = this.limits;
    const started = performance.now();
    const prepare = (from: number) =>
      Promise.all(left.slice(from, from + images).map((item) => this.prepare(item, digests)));
    let next = prepare(0);
    for (let at = 0; at < left.length && !this.stopping; at += images) {
      const prepared = await next;
      // The next files are read while these are being sent.
      next = prepare(at + images);
      const ready = prepared.filter((it) => "file" in it);
      for (const it of prepared) if (!("file" in it)) this.settle(it);
      for (const group of groupPictures(ready, this.limits)) {
        await this.send(group);
        this.pace = { sent: this.pace.sent + group.length, took: performance.now() - started };
        tell();
      }
      tell();
    }
  }

  /** The SHA-256 of the pictures that are there, by id. Empty if telling would take longer than sending. */
  private async digestsThere(
    { count, state }: Collection,
    files: number,
  ): Promise<Map<string, string | null>> {
    const digests = new Map<string, string | null>();
    const worth = PAGE * Math.max(FEW_PAGES, files / this.limits.images);
    // What is stale must be sent again although it is there.
    if (count === 0 || count > worth || state === "stale") return digests;
    for (let after: string | null = null; ;) {
      const { items, next } = await this.collections.items(this.name, after);
      for (const { id, sha256 } of items) digests.set(id, sha256);
      if (next === null) return digests;
      after = next;
    }
  }

  private async prepare(item: NewItem, digests: Map<string, string | null>): Promise<Prepared> {
    const { id, file } = item;
    try {
      if (!/^(image\/.*|)$/.test(file.type)) return { item, reason: "it is not an image" };
      const there = digests.get(id) ?? null;
      const isThere = async (bytes: Blob) =>
        there !== null && there === (await digestOf(new Uint8Array(await bytes.arrayBuffer())));
      if (await isThere(file)) return { item, there: true };
      const small = await shrinkLarger(file, this.limits.pixels);
      const most = mostBytes(this.limits);
      if (small.size > most) {
        return { item, reason: `it has ${bytes(small.size)}; the limit is ${bytes(most)}` };
      }
      return small !== file && (await isThere(small))
        ? { item, there: true }
        : { item, file: small };
    } catch {
      return { item, reason: "it cannot be read: has it been moved or changed?" };
    }
  }

  /** Counts an item that is done with. */
  private settle(it: { item: NewItem; reason?: string; there?: true }): void {
    this.settled.add(it.item);
    if (it.reason !== undefined) this.failures.push({ path: it.item.path, reason: it.reason });
    else if (it.there) this.there++;
    else this.added++;
  }

  private async send(group: readonly Ready[]): Promise<void> {
    const items = group.map(({ item, file }) => ({ ...item, file }));
    const errors = await this.collections.write(this.name, items);
    const byIndex = new Map(errors.map((error) => [error.index, error]));
    for (const [index, { item }] of group.entries()) {
      const error = byIndex.get(index);
      // What finds no room stays unsettled, for when there is some.
      if (error?.code === FULL) continue;
      this.settle({ item, reason: error?.message.replace(/files\[\d+\]/, "it") });
    }
    const full = errors.find(({ code }) => code === FULL);
    if (full) throw new Refusal(full.message, null, FULL);
  }
}

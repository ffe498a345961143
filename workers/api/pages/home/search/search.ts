import { confirm } from "../../../../pages/confirm.ts";
import { byId } from "../../../../pages/element.ts";
import { Problems } from "../../../../pages/problems.ts";
import { Refusal } from "../../../../pages/refusal.ts";
import type { Info } from "../answers.ts";
import type { Client } from "../client.ts";
import { chooseFiles } from "../files.ts";
import { Asking } from "./asking.ts";
import { showCollections } from "./collectionList.ts";
import { CollectionView } from "./collectionView.ts";
import { Collections } from "./collections.ts";
import { fromInput, readDropped } from "./dropped.ts";
import { DuplicatesView } from "./duplicates.ts";
import { NewForm, type Wish } from "./newForm.ts";
import { folderOf, type NewItem, type PathFile, toNewItems } from "./newItems.ts";
import { Pictures } from "./pictures.ts";
import { Upload } from "./upload.ts";
import { UploadView } from "./uploadView.ts";
import { items as countItems } from "./words.ts";

/** The part of the page that fills collections and searches them. */
export class Search {
  private readonly problems = new Problems("search-problems");
  private readonly pictures = new Pictures();
  private readonly collections: Collections;
  private readonly view: CollectionView;
  private readonly asking: Asking;
  private readonly duplicates: DuplicatesView;
  private readonly form = new NewForm((wish) => void this.attempt(() => this.make(wish)));
  private readonly uploads = new UploadView(
    (message) => this.say(message),
    (name, reason) => void this.uploaded(name, reason),
  );

  /** @param limits tells the limits of the API */
  constructor(
    client: Client,
    private readonly limits: () => Promise<Info["limits"]>,
  ) {
    const attempt = (action: () => Promise<void>) => this.attempt(action);
    const say = (message: string) => this.say(message);
    this.collections = new Collections(client);
    this.view = new CollectionView(this.collections, (name) => name === this.uploads.running);
    this.asking = new Asking(this.collections, this.pictures, limits, say, attempt);
    this.duplicates = new DuplicatesView(this.collections, this.pictures, attempt, (id) =>
      this.deleted(id),
    );
    for (const id of ["new-folder", "add-folder", "add-files"]) {
      this.prepareChoosing(id, (files) => this.add(fromInput(files)));
    }
    this.prepareChoosing("query-choose", (files) => this.asking.lookLike(files[0]!));
    byId("delete-collection", HTMLElement).addEventListener(
      "click",
      () => void attempt(() => this.delete()),
    );
  }

  /** Shows a collection, or the list of all. */
  show(name: string | undefined): void {
    this.view.turnTo(name);
    this.asking.reset(name ?? "");
    this.duplicates.reset(name ?? "");
    byId("collections", HTMLElement).hidden = name !== undefined;
    if (this.uploads.running === undefined) this.say("");
    void this.attempt(() => (name === undefined ? this.list() : this.open(name)));
  }

  /** Takes what was dropped: one picture is searched for; a folder or several pictures are added. */
  drop(transfer: DataTransfer): void {
    const read = readDropped(transfer);
    void this.attempt(async () => {
      this.say("Reading what was dropped \u2026");
      const files = await read.catch(() => {
        throw new Refusal("what was dropped cannot be read: choose the folder instead", null);
      });
      this.say("");
      const [first, ...others] = files;
      const isOne = first && others.length === 0 && !first.path.includes("/");
      if (isOne && this.view.current?.count) await this.asking.lookLike(first.file);
      else await this.add(files);
    });
  }

  /** Searches for a pasted picture. */
  paste(file: File): void {
    if (this.view.current?.count) void this.attempt(() => this.asking.lookLike(file));
  }

  private prepareChoosing(id: string, take: (files: File[]) => Promise<void>): void {
    const input = byId(`${id}-input`, HTMLInputElement);
    chooseFiles(byId(id, HTMLButtonElement), input, (files) => {
      void this.attempt(() => take(files));
    });
  }

  private say(message: string): void {
    byId("search-status", HTMLElement).textContent = message;
  }

  /** Runs an action, and shows what the API refuses. */
  private async attempt(action: () => Promise<void>): Promise<void> {
    this.problems.clear();
    try {
      await action();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problems.add(error.message);
    }
  }

  private async list(): Promise<void> {
    this.form.hidden = true;
    showCollections(undefined);
    const collections = await this.collections.list();
    if (this.view.name !== undefined) return;
    showCollections(collections);
    this.form.hidden = false;
  }

  private async open(name: string): Promise<void> {
    await this.view.refresh(name);
    if (this.view.name !== name) return;
    byId("collection-name", HTMLElement).focus();
    if (this.view.current?.count) await this.asking.offerLabels(name);
  }

  private async make({ name, capacity, storeImages, items }: Wish): Promise<void> {
    await this.collections.make(name, capacity, storeImages);
    this.form.clear();
    if (items.length > 0) await this.upload(name, items);
    location.hash = `#search/${name}`;
  }

  private async delete(): Promise<void> {
    const { current } = this.view;
    if (!current) return;
    const { name, count } = current;
    const what = `the collection ${name} with its ${countItems(count)}`;
    if (!(await confirm(`Delete ${what}? This cannot be undone.`, { yes: "Delete", danger: true })))
      return;
    await this.collections.remove(name);
    this.pictures.forget(name);
    this.uploads.forget(name);
    // Without an event, so that the message stays.
    history.pushState(null, "", "#search");
    this.show(undefined);
    this.say(`Deleted the collection ${name}.`);
    byId("collections-title", HTMLElement).focus();
  }

  private async add(files: readonly PathFile[]): Promise<void> {
    const items = await toNewItems(files);
    if (items.length === 0) throw new Refusal("there are no files in it", null);
    if (this.view.name === undefined) this.form.offer(items, folderOf(files));
    else await this.upload(this.view.name, items);
  }

  private async upload(name: string, items: readonly NewItem[]): Promise<void> {
    const { running } = this.uploads;
    if (running !== undefined) {
      const problem = `pictures are being added to ${running}: stop that, or wait until it has ended`;
      throw new Refusal(problem, null);
    }
    const limits = await this.limits();
    this.pictures.add(name, items);
    this.uploads.start(new Upload(this.collections, limits, name, items));
    await this.view.refresh(name);
  }

  private async uploaded(name: string, reason: string | undefined): Promise<void> {
    await this.attempt(async () => {
      await this.view.refresh(name);
      if (this.view.current?.name === name) {
        this.asking.redraw();
        await this.asking.offerLabels(name);
      }
      if (reason !== undefined) throw new Refusal(reason, null);
    });
  }

  private async deleted(id: string): Promise<void> {
    if (this.view.name !== undefined) await this.view.refresh(this.view.name);
    await this.asking.forget(id);
    this.say(`Deleted ${id}.`);
  }
}

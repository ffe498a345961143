import { byId } from "../../../../pages/element.ts";
import type { Collection } from "./answers.ts";
import type { Collections } from "./collections.ts";
import { items, short, stateWords } from "./words.ts";

/** Milliseconds between looks at a collection that is changing by itself. */
const PERIOD = 3000;

/** Shows a collection, and what goes on in it. */
export class CollectionView {
  /** The name that the address tells; undefined while no collection is to be shown. */
  name: string | undefined;
  /** The collection as it was last seen. */
  current: Collection | undefined;

  /** @param isFilled whether items are being added to a collection by this page */
  constructor(
    private readonly collections: Collections,
    private readonly isFilled: (name: string) => boolean,
  ) {}

  /** Hides the collection shown, before another is loaded. */
  turnTo(name: string | undefined): void {
    this.name = name;
    this.current = undefined;
    for (const id of ["collection", "ask", "duplicates"]) byId(id, HTMLElement).hidden = true;
  }

  /** Reads a collection anew and shows it, if it is to be shown still. @throws Refusal */
  async refresh(name: string): Promise<void> {
    if (this.name !== name) return;
    const collection = await this.collections.get(name);
    if (this.name !== name) return;
    this.show(collection);
    const { state, densities } = collection;
    if (state === "moving" || densities.outdated > 0 || this.isFilled(name)) {
      setTimeout(() => {
        if (this.current === collection) void this.refresh(name).catch(() => undefined);
      }, PERIOD);
    }
  }

  private show(collection: Collection): void {
    const { name, model, version, count, capacity, store_images, prefix } = collection;
    this.current = collection;
    byId("collection", HTMLElement).hidden = false;
    byId("collection-name", HTMLElement).textContent = name;
    const facts = byId("collection-facts", HTMLElement);
    facts.title = `version ${version}`;
    facts.textContent = [
      `${items(count)}, room for ${items(capacity)}`,
      `model ${model}, version ${short(version)}`,
      store_images ? "keeps the pictures" : "keeps no pictures",
      ...(prefix === null ? [] : [`follows the bucket under ${prefix}`]),
    ].join("; ");
    byId("collection-state", HTMLElement).textContent = stateWords(collection);
    byId("ask", HTMLElement).hidden = count === 0;
    byId("collection-empty", HTMLElement).hidden = count > 0;
    byId("duplicates", HTMLElement).hidden = count < 2;
  }
}

import { byId } from "../../../../pages/element.ts";
import type { NewItem } from "./newItems.ts";
import { items as countItems } from "./words.ts";

/** Room of a new collection, and the most that the API makes. */
const ROOM = 100_000;
const MOST_ROOM = 20_000_000;

/** What the form asks for. */
export interface Wish {
  name: string;
  capacity: number;
  storeImages: boolean;
  /** To add when the collection has been made. */
  items: readonly NewItem[];
}

/** A name for a collection from that of a folder, as far as it has letters and digits. */
const nameFrom = (folder: string): string =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 63);

/** The form that makes a collection, of a folder or an empty one. */
export class NewForm {
  private readonly form = byId("new", HTMLFormElement);
  private readonly name = byId("new-name", HTMLInputElement);
  private readonly keep = byId("new-keep", HTMLInputElement);
  private items: readonly NewItem[] = [];

  constructor(make: (wish: Wish) => void) {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { items } = this;
      const capacity = Math.min(MOST_ROOM, Math.max(ROOM, 2 * items.length));
      make({ name: this.name.value, capacity, storeImages: this.keep.checked, items });
    });
  }

  set hidden(hidden: boolean) {
    this.form.hidden = hidden;
  }

  /** Takes the files of a folder, and asks for a name. */
  offer(items: readonly NewItem[], folder?: string): void {
    this.items = items;
    byId("new-files", HTMLElement).textContent =
      `${countItems(items.length)} from ${folder ?? "your files"} will be added.`;
    if (this.name.value === "" && folder) this.name.value = nameFrom(folder);
    this.name.focus();
  }

  clear(): void {
    this.items = [];
    this.form.reset();
    byId("new-files", HTMLElement).textContent = "";
  }
}

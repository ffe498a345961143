import { breakable } from "../../../../pages/breakable.ts";
import { confirm } from "../../../../pages/confirm.ts";
import { byId, element } from "../../../../pages/element.ts";
import { count, percent } from "../../../../pages/format.ts";
import type { Duplicates, Group } from "./answers.ts";
import type { Collections } from "./collections.ts";
import { showPicture } from "./picture.ts";
import type { Pictures } from "./pictures.ts";
import { items, whole } from "./words.ts";

/** Milliseconds between looks at the progress. */
const PERIOD = 1000;

/** Groups shown at once. */
const SHOWN = 50;

/** Items of a group that are shown. Larger groups are rather of one class than copies. */
const SHOWN_ITEMS = 24;

/** Finds and shows duplicates, and deletes those that the user does not want. */
export class DuplicatesView {
  private readonly list = byId("groups", HTMLUListElement);
  private readonly more = byId("groups-more", HTMLButtonElement);
  private readonly words = byId("duplicates-words", HTMLElement);
  private readonly button = byId("find-duplicates", HTMLButtonElement);
  private readonly bar = byId("duplicates-progress", HTMLProgressElement);
  private name = "";
  private groups: Group[] = [];
  private shown = SHOWN;
  /** Which search is awaited. A later one, or another collection, ends the waiting. */
  private turn = 0;

  /**
   * @param attempt runs an action, and reports what the API refuses
   * @param deleted called after an item was deleted
   */
  constructor(
    private readonly collections: Collections,
    private readonly pictures: Pictures,
    attempt: (action: () => Promise<void>) => Promise<void>,
    private readonly deleted: (id: string) => Promise<void>,
  ) {
    this.button.addEventListener("click", () => void attempt(() => this.find()));
    this.more.addEventListener("click", () => {
      const first = this.shown;
      this.shown += SHOWN;
      this.show();
      this.list.children[first]?.querySelector("button")?.focus();
    });
    this.list.addEventListener("click", ({ target }) => {
      const id = target instanceof HTMLElement ? target.dataset.id : undefined;
      if (id !== undefined) void attempt(() => this.delete(id));
    });
  }

  /** Turns to a collection of which no duplicates are known yet. */
  reset(name: string): void {
    this.turn++;
    this.name = name;
    this.groups = [];
    this.rest();
    this.words.textContent = "";
    this.show();
  }

  /** Nothing is being looked for. */
  private rest(): void {
    this.button.disabled = false;
    this.bar.hidden = true;
  }

  private async find(): Promise<void> {
    const { name } = this;
    this.reset(name);
    const { turn } = this;
    this.button.disabled = true;
    this.words.textContent = "Looking for duplicates \u2026";
    try {
      const least = Number(byId("duplicates-least", HTMLSelectElement).value);
      await this.collections.findDuplicates(name, least);
      while (turn === this.turn) {
        const found = await this.collections.duplicates(name);
        if (turn !== this.turn) return;
        if (found.state === "done") return this.finish(found);
        this.bar.hidden = false;
        this.bar.max = Math.max(1, found.total);
        this.bar.value = found.done;
        await new Promise((resolve) => setTimeout(resolve, PERIOD));
      }
    } catch (error) {
      if (turn === this.turn) this.words.textContent = "";
      throw error;
    } finally {
      if (turn === this.turn) this.rest();
    }
  }

  private finish({ groups, done, truncated }: Duplicates): void {
    this.groups = groups;
    this.shown = SHOWN;
    const kept = truncated
      ? " There are more pairs than the API keeps: some groups lack items."
      : "";
    this.words.textContent = `${count(groups.length, "group")} of duplicates among ${items(done)}.${kept}`;
    this.show();
  }

  private show(): void {
    this.list.replaceChildren(
      ...this.groups.slice(0, this.shown).map((group) => this.group(group)),
    );
    this.list.hidden = this.groups.length === 0;
    this.more.hidden = this.groups.length <= this.shown;
  }

  private group({ items: ids, probability }: Group): HTMLElement {
    const more = ids.length - SHOWN_ITEMS;
    const shown = ids.slice(0, SHOWN_ITEMS);
    return element(
      "li",
      { class: "group" },
      element("h3", {}, `${items(ids.length)}, up to ${percent(probability)}`),
      element("ul", { class: "found" }, ...shown.map((id, i) => this.item(id, i === 0))),
      ...(more > 0
        ? [
            element(
              "p",
              { class: "hint" },
              `and ${whole(more)} more: a higher probability splits groups`,
            ),
          ]
        : []),
    );
  }

  /** @param first whether it is the one that is suggested to be kept */
  private item(id: string, first: boolean): HTMLElement {
    const label = `Delete ${id}`;
    return element(
      "li",
      { class: "result" },
      element(
        "div",
        { class: "pick", title: id },
        showPicture(this.pictures, this.pictures.get(this.name, id), id),
        element("span", { class: "name" }, ...breakable(id)),
        element("span", { class: "hint" }, first ? "keep this one" : "a copy?"),
      ),
      element(
        "button",
        { class: "small", "data-id": id, "aria-label": label, title: label },
        "Delete",
      ),
    );
  }

  private async delete(id: string): Promise<void> {
    const { name, turn } = this;
    if (
      !(await confirm(`Delete ${id} from ${name}? This cannot be undone.`, {
        yes: "Delete",
        danger: true,
      }))
    )
      return;
    const buttons = () => [...this.list.querySelectorAll("button")];
    const position = buttons().findIndex(({ dataset }) => dataset.id === id);
    await this.collections.removeItem(name, id);
    if (turn === this.turn) {
      this.groups = this.groups
        .map((group) => ({ ...group, items: group.items.filter((other) => other !== id) }))
        .filter((group) => group.items.length > 1);
      this.show();
      const left = buttons();
      (left[Math.min(position, left.length - 1)] ?? this.button).focus();
    }
    await this.deleted(id);
  }
}

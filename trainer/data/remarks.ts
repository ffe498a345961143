import { keysOf } from "../keys.ts";
import { EXTENSIONS_TEXT } from "./extensions.ts";

const ignored = (one: string, many: string) => (n: number) =>
  `Ignored ${n} ${n === 1 ? one : many}`;

/** The line that each kind of unused entry gets, in the order of the lines. */
const KINDS = {
  toolFolder: ignored("folder of another program", "folders of other programs"),
  toolFile: ignored("file of another program", "files of other programs"),
  loop: ignored(
    "link that leads back to the folder it is in",
    "links that lead back to the folder they are in",
  ),
  alias: ignored("link to a class folder", "links to class folders"),
  brokenLink: ignored("link that leads nowhere", "links that lead nowhere"),
  unreadable: ignored("folder without permission to read", "folders without permission to read"),
  outside: ignored("image outside the class folders", "images outside the class folders"),
  beside: ignored("folder beside those of the classes", "folders beside those of the classes"),
  nested: ignored("folder inside a class folder", "folders inside class folders"),
  empty: ignored("class folder without images", "class folders without images"),
  otherFile: ignored(
    `file that is not ${EXTENSIONS_TEXT}`,
    `files that are not ${EXTENSIONS_TEXT}`,
  ),
  unlisted: ignored(
    "image that the data set does not list",
    "images that the data set does not list",
  ),
  spelling: (n) =>
    n === 1
      ? "Took 1 name as one class although it is spelled in several Unicode normalisations"
      : `Took ${n} names as one class each although they are spelled in several Unicode normalisations`,
} satisfies Record<string, (n: number) => string>;

const SHOWN = 3;

/** The first few names, and how many more there are. */
export function firstFew(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Collects the entries of a data folder that are not used, or not as they are. */
export class Remarks {
  private readonly names = new Map<keyof typeof KINDS, string[]>();

  add(kind: keyof typeof KINDS, name: string): void {
    const names = this.names.get(kind) ?? [];
    names.push(name);
    this.names.set(kind, names);
  }

  /** A line for each kind: how many, and the first few by name. */
  lines(): string[] {
    return keysOf(KINDS).flatMap((kind) => {
      const names = this.names.get(kind);
      return names ? [`${KINDS[kind](names.length)}: ${firstFew(names.sort())}`] : [];
    });
  }
}

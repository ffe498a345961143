import { keysOf } from "../keys.ts";

const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

/** What a person is told of each kind of entry that is not used as it lies, in this order. */
const KINDS = {
  toolFolders: (n) =>
    `Ignored ${count(n, "folder of another program", "folders of other programs")}`,
  toolFiles: (n) => `Ignored ${count(n, "file of another program", "files of other programs")}`,
  loops: (n) =>
    `Ignored ${count(n, "link that leads", "links that lead")} back to the folder of the classes`,
  aliases: (n) =>
    `Ignored ${count(n, "link to a folder that is", "links to folders that are")} listed already`,
  brokenLinks: (n) => `Ignored ${count(n, "link that leads", "links that lead")} nowhere`,
  unreadable: (n) => `Ignored ${count(n, "folder", "folders")} without permission to read`,
} satisfies Record<string, (n: number) => string>;

const SHOWN = 3;

/** The first few names, and how many more there are. */
export function firstFew(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Collects what a data folder holds that is not used as it lies. */
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

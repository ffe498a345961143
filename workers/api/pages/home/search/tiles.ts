import { moveInGrid } from "../gridKeys.ts";

/** The columns that tiles stand in, which depend on the width. */
const columnsOf = (tiles: HTMLElement[]): number => {
  const top = tiles[0]?.offsetTop;
  return Math.max(1, tiles.filter(({ offsetTop }) => offsetTop === top).length);
};

/** Moves the focus between tiles by arrow keys. The buttons of one tile are in the tab order. */
export class Tiles {
  private tiles: HTMLElement[] = [];

  /** @param list its children are the tiles; the first button of each takes the focus */
  constructor(private readonly list: HTMLElement) {
    list.addEventListener("focusin", ({ target }) => this.enter(this.positionOf(target)));
    list.addEventListener("keydown", (event) => {
      const at = this.positionOf(event.target);
      const columns = columnsOf(this.tiles);
      const rows = Math.ceil(this.tiles.length / columns);
      const from: [number, number] = [Math.floor(at / columns), at % columns];
      const to = moveInGrid(from, event.key, event.ctrlKey, rows, columns);
      if (at < 0 || !to) return;
      event.preventDefault();
      this.focus(to[0] * columns + to[1]);
    });
  }

  show(tiles: HTMLElement[]): void {
    this.tiles = tiles;
    this.list.replaceChildren(...tiles);
    this.enter(0);
  }

  /** Focuses a tile, or the last if there are fewer. @returns whether there is one */
  focus(position: number): boolean {
    const tile = this.tiles[Math.min(position, this.tiles.length - 1)];
    tile?.querySelector("button")?.focus();
    return tile !== undefined;
  }

  positionOf(target: EventTarget | null): number {
    return this.tiles.findIndex((tile) => target instanceof Node && tile.contains(target));
  }

  private enter(position: number): void {
    for (const [i, tile] of this.tiles.entries()) {
      for (const button of tile.querySelectorAll("button"))
        button.tabIndex = i === position ? 0 : -1;
    }
  }
}

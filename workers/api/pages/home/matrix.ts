import { byId, element } from "../../../pages/element.ts";
import { cssPercent, decimals, percent } from "../../../pages/format.ts";
import { moveInGrid } from "./gridKeys.ts";
import type { Picture, Scores } from "./picture.ts";
import { drawThumbnail } from "./thumbnail.ts";

type Pair = [row: Picture, column: Picture];

/** Shows the scores of every pair as a heat map: an ARIA grid with one cell in the tab order. */
export class Matrix {
  private readonly grid = element("div", {
    class: "grid",
    role: "grid",
    "aria-labelledby": "matrix-title",
  });
  private cells: HTMLElement[][] = [];
  private pictures: readonly Picture[] = [];

  /** @param look called with the pair under the pointer or the focus */
  constructor(private readonly look: (pair: Pair) => void) {
    byId("matrix", HTMLElement).append(this.grid);
    this.grid.addEventListener("pointerover", ({ target }) => this.lookAt(target));
    this.grid.addEventListener("focusin", ({ target }) => {
      for (const cell of this.cells.flat()) cell.tabIndex = cell === target ? 0 : -1;
      this.lookAt(target);
    });
    this.grid.addEventListener("keydown", (event) => {
      const at = this.positionOf(event.target);
      const size = this.cells.length;
      const to = at && moveInGrid(at, event.key, event.ctrlKey, size, size);
      if (!to) return;
      event.preventDefault();
      this.cells[to[0]]![to[1]]!.focus();
    });
  }

  show(pictures: readonly Picture[], scores: Scores): void {
    this.pictures = pictures;
    this.cells = pictures.map((row) => pictures.map((column) => makeCell(row, column, scores)));
    this.grid.style.setProperty("--n", String(pictures.length));
    this.grid.replaceChildren(
      makeRow(element("span", { role: "columnheader" }), pictures.map(makeHeader("columnheader"))),
      ...pictures.map((row, i) => makeRow(makeHeader("rowheader")(row), this.cells[i]!)),
    );
    const first = this.cells[0]?.[1];
    if (first) first.tabIndex = 0;
  }

  /** Marks the row and column of a pair. */
  mark([row, column]: Pair): void {
    const [i, j] = [this.pictures.indexOf(row), this.pictures.indexOf(column)];
    const [columns, ...rows] = this.grid.children;
    if (!columns || i < 0 || j < 0) throw new Error("the matrix does not show the pair");
    [...columns.children].forEach((header, at) => header.classList.toggle("on", at === j + 1));
    rows.forEach(({ firstElementChild: header }, at) => header?.classList.toggle("on", at === i));
  }

  private lookAt(target: EventTarget | null): void {
    const at = this.positionOf(target);
    if (at && at[0] !== at[1]) this.look([this.pictures[at[0]]!, this.pictures[at[1]]!]);
  }

  private positionOf(target: EventTarget | null): [number, number] | undefined {
    const inside = target instanceof Element ? target.closest(".cell") : null;
    for (const [i, row] of this.cells.entries()) {
      const j = row.findIndex((cell) => cell === inside);
      if (j >= 0) return [i, j];
    }
    return undefined;
  }
}

const makeRow = (header: HTMLElement, cells: HTMLElement[]) =>
  element("div", { role: "row" }, header, ...cells);

const makeHeader = (role: "rowheader" | "columnheader") => (picture: Picture) =>
  element(
    "span",
    { role, class: "header", title: picture.name },
    drawThumbnail(picture),
    element("span", { class: "name" }, picture.name),
  );

function makeCell(row: Picture, column: Picture, scores: Scores): HTMLElement {
  const attributes = { role: "gridcell", tabindex: -1 };
  if (row === column) {
    const label = `${row.name} and itself`;
    return element("div", { ...attributes, class: "cell same", "aria-label": label });
  }
  const scored = scores.get(row, column);
  if (!scored) return element("div", { ...attributes, class: "cell" });
  const { s, probability, distance } = scored;
  const cell = element(
    "div",
    {
      ...attributes,
      class: "cell scored",
      "aria-label":
        `${row.name} and ${column.name}: ` +
        `probability ${percent(probability)}, S ${decimals(s)}, distance ${decimals(distance)}`,
    },
    element("span", {}, (100 * probability).toFixed(0)),
  );
  cell.style.setProperty("--p", cssPercent(probability));
  return cell;
}

import { byId } from "../../../pages/element.ts";
import type { Info } from "./answers.ts";
import { showCommands } from "./commands.ts";
import type { Asked } from "./curl.ts";
import { Gallery } from "./gallery.ts";
import { Matrix } from "./matrix.ts";
import { rankNeighbours } from "./nearest.ts";
import { showNearest } from "./nearestView.ts";
import { showPair } from "./pairView.ts";
import { type Picture, Scores } from "./picture.ts";

/** Holds the pictures and their scores, and updates all views of them. */
export class Board {
  readonly scores = new Scores();
  pictures: readonly Picture[] = [];
  private chosen: Picture | undefined;
  private readonly matrix = new Matrix((pair) => this.look(pair));
  private readonly gallery = new Gallery(
    (picture) => {
      this.chosen = picture;
      this.showChosen();
    },
    (picture) => this.takeAway(picture),
  );

  /**
   * @param asked the origin and key for the curl commands
   * @param ranking whether the model ranks by S or by distance
   * @param announce shows a message in the status line
   */
  constructor(
    private readonly asked: () => Asked,
    private readonly ranking: () => Info["ranking"]["by"],
    private readonly announce: (message: string) => void,
  ) {}

  add(pictures: readonly Picture[]): void {
    this.pictures = [...this.pictures, ...pictures];
    this.show();
  }

  remove(picture: Picture): void {
    this.pictures = this.pictures.filter((other) => other !== picture);
    this.show();
  }

  clear(): void {
    this.pictures = [];
    this.show();
  }

  /** Shows the pictures and their scores as they are now. */
  show(): void {
    const ready = this.ready();
    if (!this.chosen || !ready.includes(this.chosen)) this.chosen = ready[0];
    byId("empty", HTMLElement).hidden = this.pictures.length > 0;
    byId("clear", HTMLElement).hidden = this.pictures.length === 0;
    byId("results", HTMLElement).hidden = ready.length < 2;
    this.matrix.show(ready, this.scores);
    this.showChosen();
    if (ready.length > 1) this.look([ready[0]!, ready[1]!]);
  }

  /** The pictures that the API has embedded. */
  private ready(): Picture[] {
    return this.pictures.filter(({ vector }) => vector);
  }

  private showChosen(): void {
    const ready = this.ready();
    this.gallery.show(this.pictures, this.chosen);
    showCommands(this.asked(), ready, this.chosen);
    if (!this.chosen) return;
    const by = this.ranking();
    showNearest(this.chosen, rankNeighbours(this.chosen, ready, this.scores, by), by);
  }

  private look(pair: [Picture, Picture]): void {
    const scored = this.scores.get(...pair);
    if (!scored) return;
    this.matrix.mark(pair);
    showPair(...pair, scored);
  }

  private takeAway(picture: Picture): void {
    const position = this.pictures.indexOf(picture);
    this.remove(picture);
    this.gallery.focus(position);
    this.announce(`Removed ${picture.name}.`);
  }
}

import type { Scored } from "./client.ts";

/** An image on the page. */
export interface Picture {
  readonly id: number;
  /** The file's name, with a number if another picture has the same name. */
  readonly name: string;
  readonly file: File;
  /** Whether it is a sample of the page, which a curl command must fetch first. */
  readonly sample: boolean;
  /** A small bitmap to show. undefined if the browser cannot decode the file; the API still may. */
  readonly thumbnail: ImageBitmap | undefined;
  /** The embedding, after the API has answered. */
  vector?: number[];
}

/** The scores of pairs of pictures, in either order. */
export class Scores {
  private readonly pairs = new Map<string, Scored>();

  get(a: Picture, b: Picture): Scored | undefined {
    return this.pairs.get(Scores.name(a, b));
  }

  set(a: Picture, b: Picture, scored: Scored): void {
    this.pairs.set(Scores.name(a, b), scored);
  }

  private static name = ({ id: a }: Picture, { id: b }: Picture) =>
    `${Math.min(a, b)} ${Math.max(a, b)}`;
}

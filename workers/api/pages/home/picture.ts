import type { Scored } from "./client.ts";

/** An image on the page. */
export interface Picture {
  readonly id: number;
  /** The file's name, with a number where another picture has the same. */
  readonly name: string;
  readonly file: File;
  /** Whether it is one of the page's own, to be fetched before a curl line can read it. */
  readonly sample: boolean;
  /** Small, for the eye; none where the browser cannot show what the API may still read. */
  readonly thumbnail: ImageBitmap | undefined;
  /** Its embedding, once the API has answered. */
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

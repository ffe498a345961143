import sharp, { type Sharp } from "sharp";
import { type Random, seededRandom } from "../../../trainer/random.ts";
import { FirstAnswers } from "./answers.ts";

/** An image, and the first embeddings of it. */
export interface Picture {
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
  answers: FirstAnswers;
}

/** Sizes in pixels, each with its share of the draws, and the share of these that make a new image. */
const SIZES = [
  { width: 24, height: 24, share: 0.4, fresh: 0.5 },
  { width: 64, height: 48, share: 0.35, fresh: 0.5 },
  { width: 120, height: 160, share: 0.19, fresh: 0.5 },
  { width: 500, height: 375, share: 0.05, fresh: 0.2 },
  { width: 800, height: 600, share: 0.01, fresh: 0.1 },
];

const FORMATS: [type: string, encode: (image: Sharp) => Sharp][] = [
  ["image/jpeg", (image) => image.jpeg({ quality: 85 })],
  ["image/jpeg", (image) => image.jpeg({ progressive: true, chromaSubsampling: "4:4:4" })],
  ["image/png", (image) => image.png({ compressionLevel: 1 })],
  ["image/png", (image) => image.png({ compressionLevel: 1, progressive: true })],
  ["image/webp", (image) => image.webp({ effort: 0 })],
  ["image/webp", (image) => image.webp({ effort: 0, lossless: true })],
];

/** Size of the noise before it is enlarged. */
const NOISE = { width: 16, height: 12, channels: 3 } as const;

/** Images of every size and format. Now and then a new image replaces one of them. */
export class Pictures {
  private readonly kinds = SIZES.flatMap((size) => FORMATS.map((format) => ({ size, format })));
  private readonly pool: Promise<Picture>[];
  private made = 0;

  constructor(private readonly seed: number) {
    this.pool = this.kinds.map((_, at) => this.make(at));
  }

  /** The images of the largest size, one per format. No other image needs more of a codec's memory. */
  get largest(): Promise<Picture[]> {
    return Promise.all(this.pool.slice(-FORMATS.length));
  }

  /** Draws a picture. Which one depends only on the order of the calls. */
  draw(random: Random): Promise<Picture> {
    let left = random();
    const size = SIZES.findIndex(({ share }) => (left -= share) < 0);
    const at = Math.max(0, size) * FORMATS.length + Math.floor(random() * FORMATS.length);
    if (random() < this.kinds[at]!.size.fresh) this.pool[at] = this.make(at);
    return this.pool[at]!;
  }

  private async make(at: number): Promise<Picture> {
    const { width, height } = this.kinds[at]!.size;
    const [type, encode] = this.kinds[at]!.format;
    const random = seededRandom(this.seed, this.made++);
    const noise = Uint8Array.from(
      { length: NOISE.width * NOISE.height * NOISE.channels },
      () => 256 * random(),
    );
    const image = sharp(noise, { raw: NOISE }).resize(width, height, { fit: "fill" });
    const bytes = Uint8Array.from(await encode(image).toBuffer());
    return { type, bytes, answers: new FirstAnswers() };
  }
}

import sharp from "sharp";
import { info } from "../../../workers/api/contract/status.ts";
import { type Random, seededRandom } from "../../../trainer/random.ts";
import { comparisons } from "./comparisons.ts";
import { embedForm, embedJson, embedOpenAi, embedRaw, type Order, withModel } from "./embeds.ts";
import type { Fleet } from "./fleet.ts";
import { Pictures } from "./pictures.ts";
import { refusals } from "./refusals.ts";
import { checkBy, parseReply, type Shot } from "./shot.ts";

/** Number of pictures that are compared. */
const COMPARED = 4;

/** Most images in one request. */
const IMAGES = 3;

/** Makes a request, for a model or the default one. */
type Maker = (random: Random, model: string | undefined) => Promise<Shot>;

const pick = <T>(list: readonly T[], random: Random): T =>
  list[Math.floor(random() * list.length)]!;

/**
 * Requests of all kinds, drawn at random. The same seed gives the same requests; only the moment at which
 * the API notices a promotion differs.
 */
export class Mix {
  private drawn = 0;

  private constructor(
    private readonly seed: number,
    private readonly fleet: Fleet,
    private readonly pictures: Pictures,
    /** Each with its share of the requests, in percent. */
    private readonly makers: [share: number, make: Maker][],
  ) {}

  static async open(seed: number, fleet: Fleet): Promise<Mix> {
    const pictures = new Pictures(seed);
    const order = async (random: Random, model: string | undefined): Promise<Order> => {
      const count = 1 + Math.floor(random() * IMAGES);
      const encoding = pick(["float", "base64"] as const, random);
      const all = Array.from({ length: count }, () => pictures.draw(random));
      return { fleet, pictures: await Promise.all(all), model, encoding };
    };
    const ordered =
      (make: (order: Order) => Shot | Promise<Shot>): Maker =>
      async (random, model) =>
        make(await order(random, model));
    const fixed = seededRandom(seed, COMPARED);
    const compared = await Promise.all(
      Array.from({ length: COMPARED }, () => pictures.draw(fixed)),
    );
    const { similarity, pairs, rerank } = comparisons(compared);
    const png = await sharp({ create: { ...SMALL, background: "teal" } })
      .png()
      .toBuffer();
    const bad = refusals(png);
    const status: Maker = (_, model) => Promise.resolve(infoShot(fleet, model));
    return new Mix(seed, fleet, pictures, [
      [26, ordered(embedRaw)],
      [20, ordered(embedJson)],
      [12, ordered(embedForm)],
      [12, ordered(embedOpenAi)],
      [6, (_, model) => Promise.resolve(similarity.shot(fleet, model))],
      [5, (_, model) => Promise.resolve(pairs.shot(fleet, model))],
      [7, (_, model) => Promise.resolve(rerank.shot(fleet, model))],
      [4, status],
      [2, () => Promise.resolve(METRICS)],
      [6, (random) => Promise.resolve(pick(bad, random))],
    ]);
  }

  /** POST /embed for the largest picture of each format. */
  async largest(): Promise<Shot[]> {
    const { fleet, pictures } = this;
    const order = { fleet, model: undefined, encoding: "float" as const };
    return (await pictures.largest).map((picture) => embedRaw({ ...order, pictures: [picture] }));
  }

  /** The next request. */
  next(): Promise<Shot> {
    const random = seededRandom(this.seed, -1, this.drawn++);
    const model = this.fleet.draw(random);
    let left = 100 * random();
    const drawn = this.makers.find(([share]) => (left -= share) < 0);
    if (!drawn) throw new Error("the shares are less than a hundred in all");
    const [, make] = drawn;
    return make(random, model);
  }
}

const SMALL = { width: 24, height: 24, channels: 3 } as const;

const infoShot = (fleet: Fleet, model: string | undefined): Shot => ({
  kind: "/info",
  route: withModel(info.path, model),
  check: checkBy((reply) => {
    const answer = parseReply(reply, 200, info.answer.schema);
    const id = `${answer.model}@${answer.version}`;
    if (!fleet.mayAnswer(id, model)) throw new Error(`${id} answered a request for ${model}`);
  }),
});

const METRICS: Shot = {
  kind: "/metrics",
  route: "/metrics",
  check: ({ status, text }) =>
    status === 200 && text.includes("\n# TYPE pddm_requests_total counter\n")
      ? undefined
      : `answered ${status}: ${text.slice(0, 300)}`,
};

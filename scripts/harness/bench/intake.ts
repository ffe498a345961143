import type { Sharp } from "sharp";
import type { Way } from "../../../workers/bench/protocol.ts";
import { peakGrowth } from "../measure/resident.ts";
import { photo } from "./photo.ts";
import { type Contestant, race } from "./race.ts";
import type { IntakeRow } from "./report.ts";
import type { Stage } from "./stage.ts";
import type { BenchWorker } from "./worker.ts";

type Encode = (picture: Sharp) => Sharp;

const jpeg =
  (progressive: boolean, chromaSubsampling: "4:2:0" | "4:4:4"): Encode =>
  (picture) =>
    picture.jpeg({ quality: 90, progressive, chromaSubsampling });

const BASELINE: [string, Encode] = ["JPEG, baseline 4:2:0", jpeg(false, "4:2:0")];
const PROGRESSIVE: [string, Encode] = ["JPEG, progressive 4:2:0", jpeg(true, "4:2:0")];
const PROGRESSIVE_444: [string, Encode] = ["JPEG, progressive 4:4:4", jpeg(true, "4:4:4")];
const PNG: [string, Encode] = ["PNG", (picture) => picture.png({ compressionLevel: 6 })];
const WEBP: [string, Encode] = ["WebP", (picture) => picture.webp({ quality: 90, effort: 2 })];

/** A size of picture, the side of the network's input, and the files to make of it. */
interface Case {
  width: number;
  height: number;
  target: number;
  formats: [string, Encode][];
}

/** As on web pages, as phones take them by default, and as they take them on request. */
const CASES: readonly Case[] = [
  { width: 500, height: 375, target: 128, formats: [BASELINE, PROGRESSIVE, PNG, WEBP] },
  {
    ...{ width: 4000, height: 3000, target: 224 },
    formats: [BASELINE, PROGRESSIVE, PROGRESSIVE_444, PNG, WEBP],
  },
  { width: 8000, height: 6000, target: 224, formats: [BASELINE] },
];

const QUICK: readonly Case[] = [
  {
    ...{ width: 100, height: 75, target: 32 },
    formats: [BASELINE, PNG, WEBP],
  },
];

/** An isolate's memory, in which the former decoders need room for 4 bytes per pixel. */
const ISOLATE_BYTES = 128 * 2 ** 20;

/** Levels that both ways may differ by on average, because they decode to different sizes. */
const TOLERANCE = 6;

/** The same kind of file, so small that it leaves the memory of decoders as it is. */
const TINY = { width: 32, height: 24 };

const KEY = "bench/image";
const TINY_KEY = "bench/tiny";

/** Asks the bench Worker for the pixels of an image of the bucket. */
const ask = (worker: BenchWorker, way: Way, key: string, side: number, runs: number) =>
  worker.ask({ task: "intake", way, key, side, runs });

/** Lets both ways take turns. @returns milliseconds of each */
async function raceWays(stage: Stage, worker: BenchWorker, ways: readonly Way[], side: number) {
  const pixels = new Map<Way, number[]>();
  const contestantOf = (way: Way): Contestant => {
    return async (runs) => {
      const { ms, answer } = await ask(worker, way, KEY, side, runs);
      pixels.set(way, answer.values ?? []);
      return ms;
    };
  };
  const times = await race(new Map(ways.map((way) => [way, contestantOf(way)])), stage.pace);
  const [now = [], former = now] = ways.map((way) => pixels.get(way) ?? []);
  const sum = now.reduce((total, value, i) => total + Math.abs(value - former[i]!), 0);
  if (!(sum <= TOLERANCE * now.length)) {
    throw new Error(`the two ways differ by ${sum / now.length} levels, more than ${TOLERANCE}`);
  }
  return times;
}

/** The growth of a fresh isolate at its first large image, after one that has loaded the code. */
function peakOf(stage: Stage, side: number): Promise<number | null> {
  return stage.withWorker(async (worker) => {
    await ask(worker, "now", TINY_KEY, side, 1);
    return peakGrowth(async () => {
      await ask(worker, "now", KEY, side, 1);
    });
  });
}

async function measureCase(
  stage: Stage,
  { width, height, target, formats }: Case,
): Promise<IntakeRow[]> {
  const pixels = width * height;
  const picture = await photo(width, height);
  const tiny = await photo(TINY.width, TINY.height);
  const ways: Way[] = 4 * pixels < ISOLATE_BYTES ? ["now", "former"] : ["now"];
  const rows: IntakeRow[] = [];
  for (const [format, encode] of formats) {
    const image = `${width}x${height}`;
    stage.say(`intake: ${image} ${format}`);
    const files = [
      [KEY, await encode(picture.clone()).toBuffer()],
      [TINY_KEY, await encode(tiny.clone()).toBuffer()],
    ] as const;
    const times = await stage.withWorker(async (worker) => {
      for (const [key, bytes] of files) await worker.putObject(key, Uint8Array.from(bytes));
      return raceWays(stage, worker, ways, target);
    });
    const ms = times.get("now") ?? NaN;
    const before_ms = times.get("former") ?? null;
    rows.push({
      ...{ image, format, pixels, target, ms, before_ms },
      ratio: before_ms === null ? null : ms / before_ms,
      peak_bytes: await peakOf(stage, target),
    });
  }
  return rows;
}

/** Milliseconds from an image's file to the pixels of a network, beside the former way, and the memory. */
export async function measureIntake(stage: Stage): Promise<IntakeRow[]> {
  const rows: IntakeRow[] = [];
  for (const one of stage.quick ? QUICK : CASES) rows.push(...(await measureCase(stage, one)));
  return rows;
}

import type { BackendName } from "../../backends/names.ts";
import { openBackend } from "../../backends/open.ts";
import { mediansOf } from "../measure.ts";
import { FINE_TUNED, networkNamed } from "../networks.ts";
import { BenchStep, IMAGES_PER_CLASS, median, totalOf } from "../step.ts";
import { type Layout, LAYOUTS, PyTorch } from "./pytorch.ts";
import type { Comparison, Timed } from "./report.ts";

const METHOD = "distilled-softmax";

const TITLES: Record<Layout, string> = {
  channels_last: "channels last",
  contiguous: "default layout",
};

/**
 * Takes training steps here and in PyTorch in turn, so that what else the machine does slows both alike. Both train
 * the same layers on the same shapes, by the softmax over proxies and AdamW, and have a first step that is not counted.
 *
 * @param turns number of counted turns
 * @throws UserError where PyTorch does not run
 */
export async function compare(
  choice: "auto" | BackendName,
  { turns, python }: { turns: number; python: string },
  signal: AbortSignal,
): Promise<Comparison> {
  const backend = await openBackend(choice, () => undefined);
  const { batch, config: changes } = networkNamed(FINE_TUNED);
  const ours = await BenchStep.open({ batch, config: changes }, METHOD);
  const { dimensions, learningRate, headRate, weightDecay } = ours.config;
  const { temperature = 1, smoothing = 0 } = ours.config.hyperparameters;
  const pytorch = await PyTorch.start(
    python,
    {
      ...{ input: ours.inputShape, batch, classes: (2 * batch) / IMAGES_PER_CLASS, dimensions },
      ...{ learning_rate: learningRate, head_rate: headRate, weight_decay: weightDecay },
      ...{ temperature, smoothing },
    },
    signal,
  );
  const takeOurs = (): Timed => {
    const before = process.cpuUsage();
    const times = ours.take();
    const { user, system } = process.cpuUsage(before);
    return { times, cpu_ms: (user + system) / 1000 };
  };
  const taken: Record<Layout | "ours", Timed[]> = { ours: [], channels_last: [], contiguous: [] };
  for (let turn = 0; turn <= turns && !signal.aborted; turn++) {
    taken.ours.push(takeOurs());
    for (const layout of LAYOUTS) taken[layout].push(await pytorch.take(layout));
  }
  pytorch.stop();
  ours.dispose();
  const row = (name: string, all: Timed[]) => {
    const counted = all.slice(1);
    const totals = counted.map(({ times }) => totalOf(times));
    const step_ms = median(totals);
    const ratios = totals.map((total, turn) => total / totalOf(taken.ours[turn + 1]!.times));
    return {
      ...{ name, step_ms, images_per_s: (1000 * batch) / step_ms, ratio: median(ratios) },
      times: mediansOf(counted.map(({ times }) => times)),
      cpu_ms: median(counted.map(({ cpu_ms }) => cpu_ms)),
    };
  };
  return {
    network: FINE_TUNED,
    batch,
    rows: [
      row(`here, ${backend}`, taken.ours),
      ...LAYOUTS.map((layout) =>
        row(`PyTorch ${pytorch.version}, ${TITLES[layout]}`, taken[layout]),
      ),
    ],
  };
}

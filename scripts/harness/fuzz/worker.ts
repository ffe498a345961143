import { DECODING, type Fit } from "../../../shared/image/frame.ts";
import { drawNetwork, pack, QUICK } from "../bench/networks.ts";
import { workerds } from "../measure/resident.ts";
import type { Stage } from "../bench/stage.ts";
import { cpuTime } from "./cpuTime.ts";
import type { Subject } from "./examine.ts";

/** The API Worker in a workerd of its own, with a small untrained network. Any network would do. */
export class FuzzedWorker implements Subject {
  url = "";
  readonly dimensions = QUICK.config.dimensions;
  readonly cpuTime = process.platform === "linux" ? () => cpuTime(this.processes) : undefined;
  private processes: string[] = [];
  private end: (() => Promise<void>) | undefined;

  private constructor(
    private readonly stage: Stage,
    private readonly model: string,
  ) {}

  /** @param fit of the network's pictures, which are decoded as new runs have it */
  static async start(stage: Stage, fit: Fit): Promise<FuzzedWorker> {
    const { content, tensors } = await drawNetwork(QUICK);
    const input = { ...content.input, resize: "triangle" as const, fit, decode: DECODING };
    const drawn = { content: { ...content, input }, tensors };
    const { name } = await stage.publish(await pack(drawn, "int8"));
    const worker = new FuzzedWorker(stage, name);
    await worker.restart();
    return worker;
  }

  async restart(): Promise<void> {
    await this.stop();
    this.url = await new Promise<string>((resolve, reject) => {
      const run = (url: string) =>
        new Promise<void>((end) => {
          this.end = async () => {
            end();
            await ended;
          };
          resolve(url);
        });
      const ended = this.stage.withApi(this.model, run, { collections: true });
      ended.catch(reject);
    });
    this.processes = workerds();
  }

  async stop(): Promise<void> {
    await this.end?.();
    this.end = undefined;
  }
}

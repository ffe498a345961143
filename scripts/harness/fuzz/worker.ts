import { DECODING, type Fit } from "../../../shared/image/frame.ts";
import type { PackageFiles } from "../../../shared/package/codec.ts";
import { drawNetwork, pack, QUICK } from "../bench/networks.ts";
import { workerds } from "../measure/resident.ts";
import type { Stage } from "../bench/stage.ts";
import { cpuTime } from "../measure/cpuTime.ts";
import type { Subject } from "./examine.ts";
import { registryVariables } from "./registry/keys.ts";

/** Runs a Worker until `action` ends. */
type Run = (action: (url: string) => Promise<void>) => Promise<void>;

/** A Worker in a workerd of its own, which can be started again. */
class FuzzedWorker implements Subject {
  url = "";
  readonly cpuTime = process.platform === "linux" ? () => cpuTime(this.processes) : undefined;
  private processes: string[] = [];
  private end: (() => Promise<void>) | undefined;

  constructor(private readonly run: Run) {}

  async restart(): Promise<void> {
    await this.stop();
    this.url = await new Promise<string>((resolve, reject) => {
      const ended = this.run(
        (url) =>
          new Promise<void>((end) => {
            this.end = async () => {
              end();
              await ended;
            };
            resolve(url);
          }),
      );
      ended.catch(reject);
    });
    this.processes = workerds();
  }

  async stop(): Promise<void> {
    await this.end?.();
    this.end = undefined;
  }
}

async function start(run: Run): Promise<FuzzedWorker> {
  const worker = new FuzzedWorker(run);
  await worker.restart();
  return worker;
}

/** A small untrained network. Any would do. @param fit of its pictures, which are decoded as new runs have it */
export async function drawPackage(fit: Fit): Promise<PackageFiles> {
  const { content, tensors } = await drawNetwork(QUICK);
  const input = { ...content.input, resize: "triangle" as const, fit, decode: DECODING };
  return pack({ content: { ...content, input }, tensors }, "int8");
}

/** The API Worker, with a model. */
export async function startApi(stage: Stage, files: PackageFiles): Promise<FuzzedWorker> {
  const { name } = await stage.publish(files);
  return start((action) => stage.withApi(name, action, { collections: true }));
}

/** The registry, with keys for the cases. */
export async function startRegistry(stage: Stage): Promise<FuzzedWorker> {
  const variables = await registryVariables();
  return start((action) => stage.withRegistry(variables, action));
}

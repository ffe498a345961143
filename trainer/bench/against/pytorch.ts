import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { UserError } from "../../error.ts";
import { type Timed, timedSchema } from "./report.ts";

const SCRIPT = fileURLToPath(new URL("pytorch.py", import.meta.url));

export const LAYOUTS = ["channels_last", "contiguous"] as const;

export type Layout = (typeof LAYOUTS)[number];

/** What PyTorch's step has in common with ours, by the names that pytorch.py reads. */
export interface Described {
  /** [n, height, width, channels] of what bottleneck 7 reads. */
  input: number[];
  batch: number;
  classes: number;
  dimensions: number;
  learning_rate: number;
  head_rate: number;
  weight_decay: number;
  temperature: number;
  smoothing: number;
}

const helloSchema = z.strictObject({ version: z.string(), threads: z.number() });

/** A process of Python that takes training steps in PyTorch when asked. */
export class PyTorch {
  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly ask: (question: unknown) => Promise<unknown>,
    readonly version: string,
    readonly threads: number,
  ) {}

  /**
   * @param python the command that runs Python 3
   * @throws UserError if there is no such command, or it has no PyTorch
   */
  static async start(python: string, described: Described, signal: AbortSignal): Promise<PyTorch> {
    const child = spawn(python, [SCRIPT], { signal, killSignal: "SIGKILL" });
    let words = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
    const fault = new Promise<never>((_, reject) => {
      child.on("error", () => {
        reject(new UserError(`${python} does not run: let PYTHON name a Python 3 with PyTorch`));
      });
      child.on("close", (code) => {
        const last = words.trim().split("\n").at(-1) ?? "";
        reject(new UserError(last === "" ? `${python} ended with exit code ${code}` : last));
      });
    });
    // It ends unasked only before an answer, which then waits for this.
    fault.catch(() => undefined);
    // A pipe that nobody reads any more; `fault` says why.
    child.stdin.on("error", () => undefined);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const ask = async (question: unknown): Promise<unknown> => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const line = await Promise.race([lines.next(), fault]);
      return line.done === true ? fault : JSON.parse(line.value);
    };
    const { version, threads } = helloSchema.parse(await ask(described));
    return new PyTorch(child, ask, version, threads);
  }

  async take(layout: Layout): Promise<Timed> {
    return timedSchema.parse(await this.ask(layout));
  }

  stop(): void {
    this.child.kill();
  }
}

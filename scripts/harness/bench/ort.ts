import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type OrtReply, type OrtRequest, replySchema } from "./ortMessages.ts";

const SCRIPT = fileURLToPath(new URL("ortProcess.ts", import.meta.url));

export const ORT_MISSING =
  "onnxruntime-web is not installed and not measured: npm install --no-save onnxruntime-web@1.30.0";

/** A network in onnxruntime-web, in a process of its own. */
export class Ort {
  private constructor(private readonly child: ChildProcess) {}

  /**
   * @param model path of an ONNX model
   * @param size of its input images, in pixels
   * @returns null if onnxruntime-web is not installed
   */
  static async open(model: string, size: { width: number; height: number }): Promise<Ort | null> {
    const ort = new Ort(fork(SCRIPT));
    try {
      const { width, height } = size;
      const { kind } = await ort.ask({ kind: "load", model, size: { width, height } });
      if (kind === "ready") return ort;
      ort.stop();
      return null;
    } catch (error) {
      ort.stop();
      throw error;
    }
  }

  /** Embeds the test image several times. @returns milliseconds of all runs, and the last embedding */
  async run(runs: number): Promise<{ ms: number; embedding: number[] }> {
    const reply = await this.ask({ kind: "run", runs });
    if (reply.kind !== "ran") throw new Error(`onnxruntime-web answered ${reply.kind}`);
    return reply;
  }

  stop(): void {
    this.child.kill();
  }

  private async ask(request: OrtRequest): Promise<OrtReply> {
    const over = new AbortController();
    const { signal } = over;
    const ended = once(this.child, "exit", { signal }).then(() => {
      throw new Error("the process of onnxruntime-web ended");
    });
    const replied = once(this.child, "message", { signal });
    this.child.send(request);
    try {
      const messages: unknown[] = await Promise.race([replied, ended]);
      const reply = replySchema.parse(messages[0]);
      if (reply.kind === "failed") throw new Error(`onnxruntime-web: ${reply.message}`);
      return reply;
    } finally {
      ended.catch(() => undefined);
      replied.catch(() => undefined);
      over.abort();
    }
  }
}

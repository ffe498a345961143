import { readFile, rm } from "node:fs/promises";

/** A checkpoint that is packed. */
interface Packed {
  step: number;
  path: string;
}

/** Sends checkpoints, one at a time. Of those that are waiting, the last one counts. */
export class Checkpoints {
  private next: Packed | null = null;
  private sending: Promise<void> | null = null;

  /**
   * @param put sends a checkpoint
   * @param say is told where one could not be sent; the next may be
   */
  constructor(
    private readonly put: (step: number, bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
    private readonly say: (line: string) => void,
  ) {}

  add(packed: Packed): void {
    const former = this.next;
    this.next = packed;
    if (former && former.path !== packed.path) void rm(former.path, { force: true });
    this.sending ??= this.sendAll().finally(() => (this.sending = null));
  }

  /** Waits until everything is sent, or could not be. */
  async flush(): Promise<void> {
    while (this.sending) await this.sending;
  }

  private async sendAll(): Promise<void> {
    for (let packed = this.take(); packed; packed = this.take()) {
      try {
        const bytes = new Uint8Array(await readFile(packed.path));
        await this.put(packed.step, bytes);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.say(`The checkpoint of step ${packed.step} is not kept: ${reason}`);
      }
      if (this.next?.path !== packed.path) await rm(packed.path, { force: true });
    }
  }

  private take(): Packed | null {
    const packed = this.next;
    this.next = null;
    return packed;
  }
}

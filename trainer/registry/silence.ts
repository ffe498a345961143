/** Limits how long nothing may come from a server, or go to it, whatever the whole takes. */
export class Silence {
  private timer: NodeJS.Timeout | undefined;

  /** @param onLimit called with the reason when nothing has been heard for so long */
  constructor(
    private readonly limitMs: number,
    private readonly onLimit: (reason: Error) => void,
  ) {}

  /** Waits for a sign from now on. */
  listen(): void {
    this.rest();
    const reason = `nothing was heard for ${this.limitMs / 1000} seconds`;
    this.timer = setTimeout(() => this.onLimit(new Error(reason)), this.limitMs);
  }

  /** A sign has come. Waits for the next if it waits at all. */
  heard(): void {
    if (this.timer) this.listen();
  }

  /** Waits no longer. */
  rest(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

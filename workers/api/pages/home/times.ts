import { milliseconds } from "../../../pages/format.ts";
import type { Timed } from "./client.ts";

/** Adds up the times of several requests. */
export class Times {
  private total = 0;
  private readonly server = new Map<string, number>();

  add({ total, server }: Timed<unknown>): void {
    this.total += total;
    for (const [name, value] of server) this.server.set(name, (this.server.get(name) ?? 0) + value);
  }

  /** Such as "48 ms (decode 12 ms, embed 9.1 ms)", with the times of the Worker in brackets. */
  toString(): string {
    // The clock of a deployed Worker stands still while it computes, so its times are 0.
    const parts = [...this.server].filter(([, value]) => value > 0);
    const shares = parts.map(([name, value]) => `${name} ${milliseconds(value)}`);
    return milliseconds(this.total) + (shares.length > 0 ? ` (${shares.join(", ")})` : "");
  }
}

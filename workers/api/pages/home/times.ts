import type { Timed } from "./client.ts";
import { milliseconds } from "./format.ts";

/** How long some requests took together. */
export class Times {
  private total = 0;
  private readonly server = new Map<string, number>();

  add({ total, server }: Timed<unknown>): void {
    this.total += total;
    for (const [name, value] of server) this.server.set(name, (this.server.get(name) ?? 0) + value);
  }

  /** "48 ms (decode 12 ms, embed 9.1 ms)": the Worker's share in brackets, where its clock ran. */
  toString(): string {
    // A deployed Worker's clock stands still while it computes.
    const parts = [...this.server].filter(([, value]) => value > 0);
    const shares = parts.map(([name, value]) => `${name} ${milliseconds(value)}`);
    return milliseconds(this.total) + (shares.length > 0 ? ` (${shares.join(", ")})` : "");
  }
}

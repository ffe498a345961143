import { inferShapes } from "../../../shared/network/shapes.ts";
import type { Manifest } from "../../../shared/package/manifest.ts";
import { DoesNotRun } from "./warmUp.ts";

/**
 * Bytes of a network's float32 weights. tfjs takes up to four times as much for them, and an isolate has 128 MB
 * (docs/package-format.md).
 */
const MOST_BYTES = 25_000_000;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

function float32Bytes({ network, input }: Pick<Manifest, "network" | "input">): number {
  const { weights } = inferShapes(network, input);
  const count = weights.reduce((sum, { shape }) => sum + shape.reduce((n, side) => n * side, 1), 0);
  return count * Float32Array.BYTES_PER_ELEMENT;
}

/** Whether a network fits into an isolate in float32 arithmetic. */
export const hasFloat32Room = (manifest: Pick<Manifest, "network" | "input">): boolean =>
  float32Bytes(manifest) <= MOST_BYTES;

/** @throws DoesNotRun if the network does not fit into an isolate in float32 arithmetic */
export function demandFloat32Room(manifest: Pick<Manifest, "network" | "input">): void {
  if (hasFloat32Room(manifest)) return;
  throw new DoesNotRun(
    `its weights take ${megabytes(float32Bytes(manifest))} in float32 arithmetic, and an isolate has room for ${megabytes(MOST_BYTES)}; ` +
      "a package of the scheme int8, where the runtime has relaxed SIMD, takes a quarter",
  );
}

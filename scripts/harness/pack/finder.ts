/** Stands for @mapbox/node-pre-gyp in the archive, of which tfjs-node asks only where its addon is. */
import { dirname, join } from "node:path";

export const find = (description: string): string =>
  join(dirname(description), "lib/napi-v8/tfjs_binding.node");

/** Replaces @mapbox/node-pre-gyp in the archive. tfjs-node only asks it where its addon is. */
import { dirname, join } from "node:path";

export const find = (description: string): string =>
  join(dirname(description), "lib/napi-v8/tfjs_binding.node");

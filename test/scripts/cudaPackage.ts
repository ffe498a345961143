/** Processes in which CUDA's package is not as it is on this machine, whatever that is. */
import { TSX } from "./command.ts";

const toUrl = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;

/** Where the package resolves to: for `missing`, where Node looks in vain. */
const PACKAGE = {
  missing: `next(specifier, { ...context, parentURL: "file:///nowhere/module.js" })`,
  broken: `({ shortCircuit: true, url: ${JSON.stringify(
    toUrl(
      `throw new Error("libcudart.so.11.0: cannot open shared object file: No such file or directory.\\nRequire stack:")`,
    ),
  )} })`,
  deadly: `({ shortCircuit: true, url: ${JSON.stringify(toUrl(`process.kill(process.pid, "SIGSEGV")`))} })`,
};

/**
 * Node's arguments, before the script, for a process in which the package is missing, does not load,
 * or takes the process down.
 *
 * @param node the version that Node seems to be
 */
export function nodeArgs(state: keyof typeof PACKAGE, node = "22.0.0"): string[] {
  const hooks = `export const resolve = (specifier, context, next) =>
    specifier === "@tensorflow/tfjs-node-gpu" ? ${PACKAGE[state]} : next(specifier, context);`;
  const stage = `import { register } from "node:module";
    register(${JSON.stringify(toUrl(hooks))});
    const versions = { ...process.versions, node: ${JSON.stringify(node)} };
    Object.defineProperty(process, "versions", { value: versions });`;
  return ["--import", TSX, "--import", toUrl(stage)];
}

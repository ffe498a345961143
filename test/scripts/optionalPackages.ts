/** Processes in which the optional packages are not as they are on this machine, whatever that is. */

const PACKAGES = { cuda: "@tensorflow/tfjs-node-gpu", webgpu: "webgpu" };

const toUrl = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;

const load = (source: string) => `({ shortCircuit: true, url: ${JSON.stringify(toUrl(source))} })`;

/** Where a package resolves to: for `missing`, where Node looks in vain. */
const STATES = {
  missing: `next(specifier, { ...context, parentURL: "file:///nowhere/module.js" })`,
  broken: load(
    `throw new Error("libcudart.so.11.0: cannot open shared object file: No such file or directory.\\nRequire stack:")`,
  ),
  deadly: load(`process.kill(process.pid, "SIGSEGV")`),
};

/**
 * Node's arguments, before the script, for a process in which packages are missing, do not load, or
 * take the process down.
 *
 * @param node the version that Node seems to be
 */
export function nodeArgs(
  states: Partial<Record<keyof typeof PACKAGES, keyof typeof STATES>>,
  node = "22.0.0",
): string[] {
  const cases = Object.entries(PACKAGES).flatMap(([backend, name]) => {
    const state = states[backend as keyof typeof PACKAGES];
    return state ? [`if (specifier === ${JSON.stringify(name)}) return ${STATES[state]};`] : [];
  });
  const hooks = `export function resolve(specifier, context, next) {
    ${cases.join("\n")}
    return next(specifier, context);
  }`;
  const stage = `import { register } from "node:module";
    register(${JSON.stringify(toUrl(hooks))});
    const versions = { ...process.versions, node: ${JSON.stringify(node)} };
    Object.defineProperty(process, "versions", { value: versions });`;
  return ["--import", toUrl(stage)];
}

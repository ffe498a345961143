import type { LayersModel } from "@tensorflow/tfjs-layers";
import { UserError } from "../error.ts";
import { inputLayer, type LayerConfig, rebuild, topologyOf } from "./topology.ts";

const readsOf = ({ inboundNodes }: LayerConfig) => inboundNodes.flat().map(([name]) => name);

/** The last layer whose name is `name` or begins with it: block3 ends in block3-add. */
function resolve(all: LayerConfig[], name: string): LayerConfig {
  const possible = all.filter(({ className }) => className !== "InputLayer");
  const found = possible.filter(
    (layer) => layer.name === name || layer.name.startsWith(`${name}-`),
  );
  if (found.length > 0) return found[found.length - 1]!;
  const start = name.replace(/\d.*$/, "");
  const like = possible.filter((layer) => start !== "" && layer.name.startsWith(start));
  const names = (like.length > 0 ? like : possible).map((layer) => layer.name);
  const shown = names.filter((_, i) => i % Math.ceil(names.length / 12) === 0);
  throw new UserError(`the network has no layer "${name}"; it has ${shown.join(", ")}`);
}

/** A layer and all layers that it reads, directly or indirectly. */
function upTo(layer: LayerConfig, all: LayerConfig[]): Set<string> {
  const byName = new Map(all.map((it) => [it.name, it]));
  const before = new Set<string>();
  const visit = (name: string) => {
    const it = byName.get(name);
    if (!it || before.has(name)) return;
    before.add(name);
    readsOf(it).forEach(visit);
  };
  visit(layer.name);
  return before;
}

/**
 * Cuts a model into two new models: the part up to a layer, and the part behind it. The weights are copied, so
 * `model` does not change.
 *
 * @param model a functional model with one input and one output
 * @param layerName the name of a layer, or a common prefix: `block3` means all of `block3-...`
 * @returns `trunk`, and `tail`, which reads the output of `trunk`
 * @throws UserError if there is no such layer, if no layer follows it, or if a layer behind it also reads
 *   another layer before it
 */
export function cut(
  model: LayersModel,
  layerName: string,
): { trunk: LayersModel; tail: LayersModel } {
  const { name, layers: all } = topologyOf(model);
  const at = resolve(all, layerName);
  const [image, output] = [model.inputLayers[0]!.name, model.outputLayers[0]!.name];
  if (at.name === output) throw new UserError(`no layer follows "${at.name}"`);
  const before = upTo(at, all);
  const behind = all.filter((layer) => !before.has(layer.name));
  for (const layer of behind) {
    const other = readsOf(layer).find((read) => before.has(read) && read !== at.name);
    if (other !== undefined) {
      throw new UserError(
        `the network cannot be cut at "${at.name}": ` +
          `"${layer.name}" behind it reads "${other}" before it`,
      );
    }
  }
  const { outputShape } = model.getLayer(at.name);
  return {
    trunk: rebuild(model, {
      name: `${name}-trunk`,
      layers: all.filter((layer) => before.has(layer.name)),
      from: image,
      to: at.name,
    }),
    tail: rebuild(model, {
      name: `${name}-tail`,
      layers: [inputLayer(at.name, outputShape), ...behind],
      from: at.name,
      to: output,
    }),
  };
}

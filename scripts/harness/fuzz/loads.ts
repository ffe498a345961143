/** How often the isolate has loaded a model: 1, unless it has crashed and another has taken its place. */
export async function countLoads(url: string): Promise<number> {
  const response = await fetch(new URL("/metrics", url));
  return Number(/^pddm_model_loads_total (\d+)$/m.exec(await response.text())?.[1]);
}

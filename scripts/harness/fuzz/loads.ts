/** How often the isolate has loaded a model. It is not 1 if the isolate crashed and another took its place. */
export async function countLoads(url: string): Promise<number> {
  const response = await fetch(new URL("/metrics", url));
  return Number(/^pddm_model_loads_total (\d+)$/m.exec(await response.text())?.[1]);
}

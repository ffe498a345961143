/** The map's value for a layer. @throws Error if there is none */
export function get<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`there is no layer "${name}"`);
  return value;
}

/** What a map holds under a layer's name. @throws Error where it holds nothing */
export function get<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`"${name}" is not there`);
  return value;
}

/** The settings in which two configurations differ, for people. */
export function differences(before: object, now: object): string[] {
  const texts = (config: object) =>
    new Map(Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)]));
  const [was, is] = [texts(before), texts(now)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((key) => was.get(key) !== is.get(key))
    .map((key) => `${key} ${was.get(key) ?? "unset"}, now ${is.get(key) ?? "unset"}`);
}

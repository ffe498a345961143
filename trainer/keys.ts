/** The names in a registry. `Object.keys` loses their type, because an object may have more keys. */
export const keysOf = <Name extends string>(registry: Readonly<Record<Name, unknown>>): Name[] =>
  Object.keys(registry) as Name[];

import { element } from "./element.ts";

/** A file name that may break before its extension and after a hyphen, an underscore or a slash. */
export const breakable = (name: string): (string | HTMLElement)[] =>
  name.split(/(?<=[-_/])|(?=\.)/).flatMap((part) => [part, element("wbr")]);

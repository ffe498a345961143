import { byId, element } from "../../../../pages/element.ts";
import type { Collection } from "./answers.ts";
import { items, short, stateWords } from "./words.ts";

/** Lists the collections as links to their addresses. @param collections undefined while they are not known */
export function showCollections(collections: readonly Collection[] | undefined): void {
  byId("no-collections", HTMLElement).hidden = collections?.length !== 0;
  byId("collection-list", HTMLUListElement).replaceChildren(
    ...(collections ?? []).map((collection) => {
      const { name, model, version, count } = collection;
      return element(
        "li",
        {},
        element("a", { href: `#search/${name}` }, name),
        element("span", {}, items(count)),
        element("span", { class: "hint", title: version }, `${model}, version ${short(version)}`),
        element("span", { class: "hint" }, stateWords(collection)),
      );
    }),
  );
}

import { byId } from "../../../pages/element.ts";

/** The part of the page that its address names. */
export type Address = { view: "compare" } | { view: "search"; collection: string | undefined };

/** Reads `#search`, `#search/<collection>`; everything else is the comparison. */
export function readAddress(hash: string): Address {
  const [, collection] = /^#search(?:\/([a-z0-9-]+))?$/.exec(hash) ?? [];
  return hash.startsWith("#search") ? { view: "search", collection } : { view: "compare" };
}

const TITLES = { compare: "How similar are these images?", search: "Search by image" };

/** Shows the part that the address names, now and whenever the address changes. */
export function followAddress(show: (address: Address) => void): void {
  const follow = () => {
    const address = readAddress(location.hash);
    for (const view of ["compare", "search"] as const) {
      const shown = view === address.view;
      byId(`${view}-view`, HTMLElement).hidden = !shown;
      byId(`${view}-header`, HTMLElement).hidden = !shown;
      const link = byId(`to-${view}`, HTMLElement);
      if (shown) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = TITLES[address.view];
    show(address);
  };
  addEventListener("hashchange", follow);
  follow();
}

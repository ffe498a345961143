import { byId, element } from "../../../pages/element.ts";
import type { Problems } from "../../../pages/problems.ts";
import { advice } from "./advice.ts";
import { STATES } from "./answers.ts";
import { addressOf, type Place, questionOf, readPlace, readTrail } from "./place.ts";
import type { Registry } from "./registry.ts";
import { Table } from "./table.ts";
import { withRetries } from "./trouble.ts";
import { repeatWhileVisible } from "./visible.ts";

const REFRESH_SECONDS = 5;

const submitCommands = (registry: string) => [
  `npm run dataset -- push photos/birds --name birds --registry ${registry}`,
  `npm run jobs -- submit --dataset birds --model birds --registry ${registry}`,
];

/** What to do where no job is shown. */
function emptyWords({ state, group, after }: Place): HTMLElement[] {
  if (after !== null) return [element("p", {}, "There are no older jobs.")];
  if (state === "" && group === "") {
    return advice(
      "There are no jobs yet. Submit one, from a folder of images for each class:",
      ...submitCommands(location.origin),
    );
  }
  const all = element("a", { href: "/jobs" }, "Show all jobs");
  return [element("p", {}, "No job is like that. ", all)];
}

/** Shows the table of jobs, and keeps it up to date. */
export function showList(registry: Registry, problems: Problems): void {
  const state = byId("state", HTMLSelectElement);
  const group = byId("group", HTMLInputElement);
  const [newer, older] = [byId("newer", HTMLButtonElement), byId("older", HTMLButtonElement)];
  const table = new Table();
  let place = readPlace(location.search);
  let next: string | null = null;

  state.append(
    element("option", { value: "" }, "any"),
    ...STATES.map((value) => element("option", { value }, value)),
  );
  const showFilters = () => {
    state.value = place.state;
    group.value = place.group;
  };
  showFilters();

  const refresh = repeatWhileVisible(
    withRetries(problems, async (signal) => {
      const page = await registry.jobs(questionOf(place), signal);
      problems.clear();
      ({ next } = page);
      byId("list", HTMLElement).hidden = false;
      table.show(page.jobs);
      const none = byId("none", HTMLElement);
      if (page.jobs.length > 0) none.hidden = true;
      else if (none.hidden) none.replaceChildren(...emptyWords(place));
      none.hidden = page.jobs.length > 0;
      newer.hidden = place.after === null;
      older.hidden = next === null;
      return REFRESH_SECONDS;
    }),
  );

  const move = (to: Place, trail: (string | null)[]) => {
    place = to;
    byId("none", HTMLElement).hidden = true;
    history.pushState({ trail }, "", addressOf(to));
    refresh();
  };
  const turn = (after: string | null, trail: (string | null)[]) => {
    move({ ...place, after }, trail);
    byId("title", HTMLElement).focus();
  };
  older.addEventListener("click", () => {
    turn(next, [...readTrail(history.state), place.after]);
  });
  newer.addEventListener("click", () => {
    const trail = readTrail(history.state);
    turn(trail.at(-1) ?? null, trail.slice(0, -1));
  });
  const filter = () => move({ state: state.value, group: group.value.trim(), after: null }, []);
  state.addEventListener("change", filter);
  group.addEventListener("change", filter);
  byId("filters", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  addEventListener("popstate", () => {
    place = readPlace(location.search);
    showFilters();
    byId("none", HTMLElement).hidden = true;
    refresh();
  });
}

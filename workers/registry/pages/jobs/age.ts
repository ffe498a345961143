import { element } from "../../../pages/element.ts";
import { duration } from "../../../pages/format.ts";

const SECONDS = 10;

const ageOf = (iso: string) => duration(Math.max(0, Date.now() - Date.parse(iso)) / 1000);

/** The time since something happened, which grows by itself. */
export function age(iso: string): HTMLTimeElement {
  const title = new Date(iso).toLocaleString();
  return element("time", { datetime: iso, title, class: "age" }, ageOf(iso));
}

/** Lets all ages of the page grow. */
export function growAges(): void {
  setInterval(() => {
    for (const time of document.querySelectorAll<HTMLTimeElement>("time.age")) {
      time.textContent = ageOf(time.dateTime);
    }
  }, 1000 * SECONDS);
}

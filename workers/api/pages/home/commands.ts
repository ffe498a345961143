import { type Asked, compareCommand, embedCommand } from "./curl.ts";
import { byId } from "./element.ts";
import type { Picture } from "./picture.ts";

/** How long a button says that it has copied, in milliseconds. */
const SAID = 2000;

/** Lets the copy buttons work, and tells `announce` what happened. */
export function prepareCopying(announce: (message: string) => void): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>(".copy")) {
    button.addEventListener("click", () => {
      const text = button.closest(".command")?.querySelector("pre")?.textContent ?? "";
      navigator.clipboard.writeText(text).then(
        () => {
          button.textContent = "Copied";
          announce("Copied.");
          setTimeout(() => (button.textContent = "Copy"), SAID);
        },
        () => announce("This browser does not let the page copy: select the text instead."),
      );
    });
  }
}

/** What is to be read from the disk of whoever runs the command. */
const fileOf = ({ file, sample }: Picture) => ({ name: file.name, sample });

/** Shows the commands that ask the API the same: all embeddings, and one picture with the others. */
export function showCommands(
  asked: Asked,
  pictures: readonly Picture[],
  chosen: Picture | undefined,
): void {
  byId("commands", HTMLElement).hidden = pictures.length === 0;
  byId("embed-command", HTMLElement).textContent = embedCommand(asked, pictures.map(fileOf));
  const others = pictures.filter((picture) => picture !== chosen);
  const compare = byId("compare-command", HTMLElement);
  const shown = chosen !== undefined && others.length > 0;
  const box = compare.closest<HTMLElement>(".command");
  if (box) box.hidden = !shown;
  if (!shown) return;
  compare.textContent = compareCommand(asked, fileOf(chosen), others.map(fileOf));
  byId("compare-title", HTMLElement).textContent = `Compare ${chosen.name} with the others`;
}

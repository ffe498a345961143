import { byId } from "../../../pages/element.ts";
import { type Asked, compareCommand, embedCommand } from "./curl.ts";
import type { Picture } from "./picture.ts";

/** How long a button shows that it has copied, in milliseconds. */
const SAID = 2000;

/** Enables the copy buttons. @param announce receives a message about the outcome */
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
        () => announce("This browser forbids copying: select the text instead."),
      );
    });
  }
}

/** The file that the command reads from disk. */
const fileOf = ({ file, sample }: Picture) => ({ name: file.name, sample });

/** Shows commands for all embeddings, and for one picture compared with the others. */
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

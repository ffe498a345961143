import { byId } from "./element.ts";

/** Calls `take` with files that are chosen, or dropped anywhere on the page. */
export function takeFiles(take: (files: File[]) => void): void {
  const input = byId("files", HTMLInputElement);
  byId("choose", HTMLButtonElement).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take([...(input.files ?? [])]);
    // Allows choosing the same file again.
    input.value = "";
  });

  const over = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.toggle("dropping", event.type === "dragover");
  };
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", over);
  document.addEventListener("drop", (event) => {
    over(event);
    take([...(event.dataTransfer?.files ?? [])]);
  });
}

/** Calls `take` with files that are chosen by a button that opens an input. */
export function chooseFiles(
  button: HTMLButtonElement,
  input: HTMLInputElement,
  take: (files: File[]) => void,
): void {
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    // Allows choosing the same file again.
    input.value = "";
    if (files.length > 0) take(files);
  });
}

/** Calls `take` with what is dropped anywhere on the page. */
export function takeDrops(take: (transfer: DataTransfer) => void): void {
  const over = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.toggle("dropping", event.type === "dragover");
  };
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", over);
  document.addEventListener("drop", (event) => {
    over(event);
    if (event.dataTransfer?.types.includes("Files")) take(event.dataTransfer);
  });
}

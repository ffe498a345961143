import { byId } from "../element.ts";

/** Asks in a dialog whether to delete something. Escape says no. */
export function confirmDeletion(question: string): Promise<boolean> {
  const dialog = byId("confirm", HTMLDialogElement);
  byId("confirm-text", HTMLElement).textContent = question;
  dialog.returnValue = "";
  byId("confirm-yes", HTMLButtonElement).onclick = () => dialog.close("yes");
  byId("confirm-no", HTMLButtonElement).onclick = () => dialog.close("no");
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}

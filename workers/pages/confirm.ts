import { element } from "./element.ts";

/** Asks in a dialog whether to do something. Escape says no. */
export function confirm(
  question: string,
  { yes, no = "Cancel", danger = false }: { yes: string; no?: string; danger?: boolean },
): Promise<boolean> {
  const agree = element("button", { class: danger ? "primary danger" : "primary" }, yes);
  const refuse = element("button", { autofocus: true }, no);
  const dialog = element(
    "dialog",
    { "aria-labelledby": "confirm-text" },
    element("p", { id: "confirm-text" }, question),
    element("div", { class: "row" }, refuse, agree),
  );
  agree.onclick = () => dialog.close("yes");
  refuse.onclick = () => dialog.close();
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    };
  });
}

import { byId } from "./element.ts";

const STORED = "pddm-api-key";

/** Asks the user for an API key. The key stays in this tab, in sessionStorage. */
export class KeyForm {
  private readonly form = byId("key", HTMLFormElement);
  private readonly input = byId("key-input", HTMLInputElement);
  private readonly forget = byId("key-forget", HTMLButtonElement);
  private asked: Promise<void> | undefined;

  constructor() {
    this.forget.hidden = this.key === null;
    this.forget.addEventListener("click", () => {
      sessionStorage.removeItem(STORED);
      location.reload();
    });
  }

  get key(): string | null {
    return sessionStorage.getItem(STORED);
  }

  /** Shows the form until a key is entered. If there already was a key, it says that the key is invalid. */
  request(): Promise<void> {
    this.asked ??= this.show();
    return this.asked;
  }

  private show(): Promise<void> {
    byId("key-wrong", HTMLElement).hidden = this.key === null;
    this.form.hidden = false;
    this.input.value = "";
    this.input.focus();
    return new Promise((resolve) => {
      this.form.onsubmit = (event) => {
        event.preventDefault();
        sessionStorage.setItem(STORED, this.input.value.trim());
        this.form.hidden = true;
        this.forget.hidden = false;
        this.asked = undefined;
        resolve();
      };
    });
  }
}

import { byId, element } from "./element.ts";

/** Asks the user for a key, in `#key` and `#key-forget` of a page. The key stays in this tab, in sessionStorage. */
export class KeyForm {
  private readonly form = byId("key", HTMLFormElement);
  private readonly forget = byId("key-forget", HTMLButtonElement);
  private readonly problem = element("p", { id: "key-problem", class: "wrong" });
  private readonly input = element("input", {
    ...{ id: "key-input", type: "password", required: true, pattern: String.raw`\s*\S+\s*` },
    ...{ autocomplete: "off", "aria-describedby": "key-problem" },
  });
  private asked: Promise<void> | undefined;

  /**
   * @param stored the name of the key in sessionStorage
   * @param question what the form says
   */
  constructor(
    private readonly stored: string,
    question: string,
  ) {
    this.form.append(
      element("label", { for: "key-input" }, question),
      this.problem,
      element(
        "div",
        { class: "row" },
        this.input,
        element("button", { class: "primary" }, "Use this key"),
      ),
      element("p", { class: "hint" }, "It stays in this tab and is forgotten when you close it."),
    );
    this.forget.hidden = this.key === null;
    this.forget.addEventListener("click", () => {
      sessionStorage.removeItem(stored);
      location.reload();
    });
  }

  get key(): string | null {
    return sessionStorage.getItem(this.stored);
  }

  /** Shows the form until a key is entered. @param problem what is wrong with the key, if there is one */
  request(problem: string): Promise<void> {
    this.asked ??= this.show(problem);
    return this.asked;
  }

  private show(problem: string): Promise<void> {
    this.problem.hidden = this.key === null;
    this.problem.textContent = problem;
    this.form.hidden = false;
    this.input.value = "";
    this.input.focus();
    return new Promise((resolve) => {
      this.form.onsubmit = (event) => {
        event.preventDefault();
        sessionStorage.setItem(this.stored, this.input.value.trim());
        this.form.hidden = true;
        this.forget.hidden = false;
        this.asked = undefined;
        resolve();
      };
    });
  }
}

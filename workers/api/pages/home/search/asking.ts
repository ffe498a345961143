import { byId } from "../../../../pages/element.ts";
import { count } from "../../../../pages/format.ts";
import type { Info } from "../answers.ts";
import { shrinkLarger } from "../shrink.ts";
import { Times } from "../times.ts";
import type { Found, Result } from "./answers.ts";
import type { Collections } from "./collections.ts";
import { Options } from "./options.ts";
import type { Pictures } from "./pictures.ts";
import { adding, EMPTY, type Example, onlyLike, type Query, without } from "./query.ts";
import { QueryView } from "./queryView.ts";
import { type Action, labelOf, nameOf, Results } from "./results.ts";

/** What is looked for in a collection, and what is found. */
export class Asking {
  private readonly options: Options;
  private readonly results: Results;
  private readonly view: QueryView;
  private readonly choose = byId("query-choose", HTMLElement);
  private name = "";
  private query: Query = EMPTY;
  private found: Found | undefined;
  /** Counts searches, so that a late answer does not replace that of a later one. */
  private turn = 0;

  /**
   * @param limits tells the limits of the API
   * @param say announces a message
   * @param attempt runs an action, and reports what the API refuses
   */
  constructor(
    private readonly collections: Collections,
    pictures: Pictures,
    private readonly limits: () => Promise<Info["limits"]>,
    private readonly say: (message: string) => void,
    private readonly attempt: (action: () => Promise<void>) => Promise<void>,
  ) {
    this.options = new Options(() => void attempt(() => this.ask()));
    this.results = new Results(pictures, (action, result) => this.act(action, result));
    this.view = new QueryView(pictures, (example) => {
      void attempt(() => this.look(without(this.query, example)));
      this.choose.focus();
    });
  }

  /** Turns to a collection, of which nothing is looked for yet. */
  reset(name: string): void {
    this.turn++;
    this.name = name;
    this.query = EMPTY;
    this.options.reset();
    this.show();
  }

  /** Offers the labels of the first items to filter by. Those of results are added to them. @throws Refusal */
  async offerLabels(name: string): Promise<void> {
    const { items } = await this.collections.items(name, null);
    if (this.name === name) this.options.offer(items.flatMap((it) => labelOf(it.metadata) ?? []));
  }

  /** Searches for what is like a picture. @throws Refusal */
  async lookLike(file: File): Promise<void> {
    const small = await shrinkLarger(file, (await this.limits()).pixels);
    await this.look(onlyLike({ kind: "picture", name: file.name, file: small }));
  }

  /** Forgets an item that was deleted. @throws Refusal */
  async forget(id: string): Promise<void> {
    const example: Example = { kind: "item", id, name: id };
    if (this.query !== EMPTY) await this.look(without(this.query, example));
  }

  /** Draws the results anew, whose pictures may be known now. */
  redraw(): void {
    if (this.found) this.results.show(this.name, this.found);
  }

  private act(action: Action, { id, metadata }: Result): void {
    const example: Example = { kind: "item", id, name: nameOf(id, metadata) };
    const position = action === "more" ? 0 : this.results.focused;
    const next = {
      more: () => onlyLike(example),
      also: () => adding(this.query, "positives", example),
      not: () => adding(this.query, "negatives", example),
    }[action]();
    void this.attempt(async () => {
      await this.look(next);
      if (!this.results.focus(Math.max(0, position))) this.choose.focus();
    });
  }

  private look(query: Query): Promise<void> {
    this.query = query;
    return this.ask();
  }

  private show(): void {
    const isAsked = this.query.positives.length > 0;
    this.view.show(this.name, this.query);
    byId("query-invitation", HTMLElement).hidden = isAsked;
    byId("found-section", HTMLElement).hidden = !isAsked;
    if (isAsked) return;
    this.found = undefined;
    this.results.clear();
  }

  /** Searches for the query as it is now. */
  private async ask(): Promise<void> {
    const turn = ++this.turn;
    const { name, query } = this;
    this.show();
    if (query === EMPTY) return this.say("");
    const timed = await this.collections.search(name, query, this.options.wanted);
    if (turn !== this.turn) return;
    const { results } = timed.answer;
    this.options.offer(results.flatMap(({ metadata }) => labelOf(metadata) ?? []));
    this.found = timed.answer;
    this.redraw();
    const times = new Times();
    times.add(timed);
    this.say(
      results.length > 0
        ? `${count(results.length, "result")} in ${times.toString()}.`
        : "No results: no item has that label and is as probable.",
    );
  }
}

import { byId, element } from "../../../pages/element.ts";
import type { ShownJob } from "./answers.ts";
import { ListRow } from "./listRow.ts";

/** The table of jobs. */
export class Table {
  private readonly table = byId("jobs", HTMLTableElement);
  private readonly body = this.table.tBodies[0] ?? this.table.createTBody();
  private rows = new Map<string, ListRow>();
  private readonly groups = new Set<string>();

  show(jobs: readonly ShownJob[]): void {
    const before = this.rows;
    this.rows = new Map(jobs.map((job) => [job.id, before.get(job.id) ?? new ListRow(job)]));
    for (const job of jobs) this.rows.get(job.id)?.update(job);
    const kept = new Set([...this.rows.values()].map(({ row }) => row));
    for (const row of [...this.body.rows]) if (!kept.has(row)) row.remove();
    // A row that is where it belongs is not moved: it would lose its focus.
    for (const [at, row] of [...kept].entries()) {
      if (this.body.rows[at] !== row) this.body.insertBefore(row, this.body.rows[at] ?? null);
    }
    this.table.hidden = jobs.length === 0;
    byId("recall-note", HTMLElement).hidden = jobs.length === 0;
    this.offerGroups(jobs);
  }

  private offerGroups(jobs: readonly ShownJob[]): void {
    for (const { group } of jobs) if (group !== null) this.groups.add(group);
    const options = [...this.groups].sort().map((value) => element("option", { value }));
    byId("groups", HTMLDataListElement).replaceChildren(...options);
  }
}

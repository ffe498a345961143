import { DurableObject } from "cloudflare:workers";
import type {
  Found,
  Located,
  Nearest,
  Neighbourhood,
  NewItem,
  PlaceOf,
  Question,
  Refusal,
  ShardRpc,
  ShardSetup,
  ShardState,
  StoredItem,
  Written,
} from "../../protocol/shard.ts";
import type { Revision, Space, Vector } from "../../protocol/vector.ts";
import { readEnv, type Env } from "../env.ts";
import { setNeighbourhoods } from "./densities.ts";
import { get, list, pending, state } from "./read.ts";
import { Refresh } from "./refresh.ts";
import { nearest, search } from "./search.ts";
import { setUp } from "./settings.ts";
import { Store, type Call } from "./store.ts";
import { follow, seal, supply, unseal } from "./versions.ts";
import { put, remove } from "./write.ts";

const GONE: Refusal = { refused: "gone" };

/** What it throws becomes a rejection. */
const promised = <T>(work: () => T): Promise<T> => new Promise((resolve) => resolve(work()));

/** Part of the items of a collection. workers/protocol/shard.ts documents the methods. */
export class Shard extends DurableObject<unknown> implements ShardRpc {
  private readonly store: Store;
  private readonly refresh: Refresh;

  constructor(ctx: DurableObjectState, bindings: unknown) {
    super(ctx, bindings);
    const env: Env = readEnv(bindings);
    this.store = new Store(ctx.storage, env.MATRIX_BYTES);
    this.refresh = new Refresh(ctx.storage, this.store, env.SHARDS);
  }

  setUp(setup: ShardSetup): Promise<void> {
    return promised(() => setUp(this.ctx.storage.sql, setup));
  }

  async destroy(): Promise<void> {
    this.store.forget();
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  put(items: NewItem[]): Promise<Written[] | Refusal> {
    return this.changing((call) => put(call, items));
  }

  remove(ids: string[]): Promise<StoredItem[] | Refusal> {
    return this.changing((call) => remove(call, ids));
  }

  get(version: string, ids: string[]): Promise<Located[] | Refusal> {
    return this.answer((call) => get(call, version, ids));
  }

  list(after: string | null, limit: number): Promise<StoredItem[] | Refusal> {
    return this.answer((call) => list(call, after, limit));
  }

  search(question: Question): Promise<Found | Refusal> {
    return this.answer((call) => search(call, question));
  }

  nearest(
    version: string,
    queries: PlaceOf[],
    neighbours: number,
    mark: boolean,
  ): Promise<Nearest | Refusal> {
    const find = (call: Call) => nearest(call, version, queries, neighbours, mark);
    return mark ? this.changing(find) : this.answer(find);
  }

  async setNeighbourhoods(version: string, neighbourhoods: Neighbourhood[]): Promise<void> {
    await this.answer((call) => setNeighbourhoods(call, version, neighbourhoods));
  }

  state(): Promise<ShardState | Refusal> {
    return this.answer(state);
  }

  async follow(served: Space, target: Space | null): Promise<void> {
    await this.changing((call) => follow(call, served, target));
    // A matrix in memory may be of a space that is no more, whose number another one gets.
    this.store.forget();
  }

  pending(after: string | null, limit: number): Promise<StoredItem[] | Refusal> {
    return this.answer((call) => pending(call, after, limit));
  }

  async supply(
    version: string,
    vectors: { id: string; revision: Revision; vector: Vector }[],
  ): Promise<void> {
    await this.answer((call) => supply(call, version, vectors));
  }

  async seal(version: string): Promise<number | null> {
    const lacking = await this.changing((call) => ({ count: seal(call, version) }));
    return "refused" in lacking ? null : lacking.count;
  }

  async unseal(): Promise<void> {
    await this.changing(unseal);
  }

  override async alarm(): Promise<void> {
    await this.refresh.run();
  }

  private answer<T>(work: (call: Call) => T): Promise<T | Refusal> {
    return promised(() => this.store.call(work) ?? GONE);
  }

  /** Runs a call after which densities may be outdated. */
  private async changing<T>(work: (call: Call) => T): Promise<T | Refusal> {
    const answer = this.store.call(work);
    if (answer === null) return GONE;
    await this.refresh.arrange();
    return answer;
  }
}

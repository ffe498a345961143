export { Collection } from "./collection/collection.ts";
export { Shard } from "./shard/shard.ts";

/** Nobody reaches the Worker but by its Durable Objects. */
export default { fetch: () => new Response(null, { status: 404 }) };

/**
 * The paper's unit in one pass, in AssemblyScript; shared/pddm/unit.ts has the equations. It computes S of
 * eight pairs at a time. Each pair has a lane of its own from features to score.
 *
 * The kernel imports the memory of tfjs and has none of its own, so arguments that name data are addresses in
 * that heap. A row is `LANES` numbers, one per lane. The counts d and h are multiples of 4, padded with zeros.
 *
 * An item has d + h + 4 numbers: its feature a, W_v a / 2, and ||a||^2 / 2 in four parts to add up.
 * A unit, as pack.ts makes it, has W_v / 2, W_u and W_c in the order of `dense`, the biases of u', v' and c,
 * W_s, and a vector that begins with b_s and w.
 * The kernel needs 2 + d + 3h rows of working memory.
 */

const LANES: i32 = 8;
/** Bytes of a number, of a vector of four numbers and of a row. */
const NUMBER: usize = 4;
const VECTOR: usize = 16;
const ROW: usize = 32;

/** Equal to the constant in shared/pddm/unit.ts. */
const NORM_EPSILON: f32 = 1e-6;

/** a b + c */
function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Uses pmax, which is one instruction; `max` takes several. */
function relu(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}

function inverseNorm(squared: v128): v128 {
  const root = f32x4.sqrt(f32x4.add(squared, f32x4.splat(NORM_EPSILON)));
  return f32x4.div(f32x4.splat(1), root);
}

/** Stores the columns of a matrix of four vectors. */
function storeColumns(
  r0: v128,
  r1: v128,
  r2: v128,
  r3: v128,
  to0: usize,
  to1: usize,
  to2: usize,
  to3: usize,
): void {
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to0, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to1, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(to2, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(to3, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/** The sum of each of four vectors. */
function sums(r0: v128, r1: v128, r2: v128, r3: v128): v128 {
  const pairs01 = f32x4.add(
    v128.shuffle<f32>(r0, r1, 0, 4, 1, 5),
    v128.shuffle<f32>(r0, r1, 2, 6, 3, 7),
  );
  const pairs23 = f32x4.add(
    v128.shuffle<f32>(r2, r3, 0, 4, 1, 5),
    v128.shuffle<f32>(r2, r3, 2, 6, 3, 7),
  );
  return f32x4.add(
    v128.shuffle<f32>(pairs01, pairs23, 0, 1, 4, 5),
    v128.shuffle<f32>(pairs01, pairs23, 2, 3, 6, 7),
  );
}

/**
 * y = W x, which is nearly all of the work. Four outputs of eight lanes are eight accumulators, which just fit
 * V8's registers with their operands; larger blocks spill, and so does a loop unrolled by hand. Splatting one
 * weight by its load and three by shuffles keeps the execution units about equally busy.
 *
 * @param x a row per input
 * @param w panels of four outputs: [outputs / 4, inputs, 4]
 * @param y a row per output
 */
function dense(w: usize, x: usize, inputs: usize, y: usize, outputs: usize): void {
  const xEnd = x + inputs * ROW;
  const yEnd = y + outputs * ROW;
  for (; y < yEnd; y += 4 * ROW) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    for (let row = x; row < xEnd; row += ROW) {
      const x0 = v128.load(row);
      const x1 = v128.load(row, VECTOR);
      const four = v128.load(w);
      const a = v128.load32_splat(w);
      a0 = madd(a, x0, a0);
      a1 = madd(a, x1, a1);
      const b = v128.shuffle<f32>(four, four, 1, 1, 1, 1);
      b0 = madd(b, x0, b0);
      b1 = madd(b, x1, b1);
      const c = v128.shuffle<f32>(four, four, 2, 2, 2, 2);
      c0 = madd(c, x0, c0);
      c1 = madd(c, x1, c1);
      const d = v128.shuffle<f32>(four, four, 3, 3, 3, 3);
      d0 = madd(d, x0, d0);
      d1 = madd(d, x1, d1);
      w += VECTOR;
    }
    v128.store(y, a0);
    v128.store(y, a1, VECTOR);
    v128.store(y, b0, ROW);
    v128.store(y, b1, ROW + VECTOR);
    v128.store(y, c0, 2 * ROW);
    v128.store(y, c1, 2 * ROW + VECTOR);
    v128.store(y, d0, 3 * ROW);
    v128.store(y, d1, 3 * ROW + VECTOR);
  }
}

/** Address of an item, or of the last item if the index is past the end. */
function addressOf(items: usize, size: usize, index: i32, n: i32): usize {
  return items + <usize>min(index, n - 1) * size;
}

/** Address of one item of a pair, or of the last pair if the index is past the end. */
function itemOf(items: usize, size: usize, positions: usize, pair: i32, pairs: i32): usize {
  return items + <usize>load<i32>(addressOf(positions, NUMBER, pair, pairs)) * size;
}

/**
 * Computes ||a||^2 / 2 of four items, and writes a to half of each row of x.
 *
 * @param size bytes of an item
 * @param first index of the first of the four items
 * @param n number of all items
 */
function readItems(
  items: usize,
  size: usize,
  first: i32,
  n: i32,
  d: usize,
  h: usize,
  x: usize,
): void {
  let item0 = addressOf(items, size, first, n);
  let item1 = addressOf(items, size, first + 1, n);
  let item2 = addressOf(items, size, first + 2, n);
  let item3 = addressOf(items, size, first + 3, n);
  let q0 = f32x4.splat(0);
  let q1 = q0;
  let q2 = q0;
  let q3 = q0;
  for (const end = item0 + d * NUMBER; item0 < end; x += 4 * ROW) {
    const a0 = v128.load(item0);
    const a1 = v128.load(item1);
    const a2 = v128.load(item2);
    const a3 = v128.load(item3);
    q0 = madd(a0, a0, q0);
    q1 = madd(a1, a1, q1);
    q2 = madd(a2, a2, q2);
    q3 = madd(a3, a3, q3);
    storeColumns(a0, a1, a2, a3, x, x + ROW, x + 2 * ROW, x + 3 * ROW);
    item0 += VECTOR;
    item1 += VECTOR;
    item2 += VECTOR;
    item3 += VECTOR;
  }
  const half = f32x4.splat(0.5);
  const projection = h * NUMBER;
  v128.store(item0 + projection, f32x4.mul(q0, half));
  v128.store(item1 + projection, f32x4.mul(q1, half));
  v128.store(item2 + projection, f32x4.mul(q2, half));
  v128.store(item3 + projection, f32x4.mul(q3, half));
}

/** Copies half of each row of y to four items, as their W_v a / 2. */
function writeItems(
  items: usize,
  size: usize,
  first: i32,
  n: i32,
  d: usize,
  h: usize,
  y: usize,
): void {
  const projections = items + d * NUMBER;
  let item0 = addressOf(projections, size, first, n);
  let item1 = addressOf(projections, size, first + 1, n);
  let item2 = addressOf(projections, size, first + 2, n);
  let item3 = addressOf(projections, size, first + 3, n);
  for (const end = y + h * ROW; y < end; y += 4 * ROW) {
    const r0 = v128.load(y);
    const r1 = v128.load(y, ROW);
    const r2 = v128.load(y, 2 * ROW);
    const r3 = v128.load(y, 3 * ROW);
    storeColumns(r0, r1, r2, r3, item0, item1, item2, item3);
    item0 += VECTOR;
    item1 += VECTOR;
    item2 += VECTOR;
    item3 += VECTOR;
  }
}

/**
 * Describes n items.
 *
 * @param features [n, width], d - 4 < width <= d
 * @param items output
 */
export function describe(
  unit: usize,
  work: usize,
  d: usize,
  h: usize,
  features: usize,
  width: usize,
  items: usize,
  n: i32,
): void {
  const size = (d + h + 4) * NUMBER;
  for (let i = 0; i < n; i++) {
    const item = addressOf(items, size, i, n);
    v128.store(item + (d - 4) * NUMBER, f32x4.splat(0));
    memory.copy(item, features + <usize>i * width * NUMBER, width * NUMBER);
  }
  const x = work;
  const y = x + d * ROW;
  for (let first = 0; first < n; first += LANES) {
    readItems(items, size, first, n, d, h, x);
    readItems(items, size, first + 4, n, d, h, x + VECTOR);
    dense(unit, x, d, y, h);
    writeItems(items, size, first, n, d, h, y);
    writeItems(items, size, first + 4, n, d, h, y + VECTOR);
  }
}

/**
 * Writes u and W_v v of four pairs to half of each row of x and v, and ||u||^2 and ||v||^2 to half of the two
 * rows of `norms`.
 *
 * @param a indices of the first items
 * @param b indices of the second items
 * @param first index of the first of the four pairs
 */
function readPairs(
  items: usize,
  a: usize,
  b: usize,
  first: i32,
  pairs: i32,
  d: usize,
  h: usize,
  x: usize,
  v: usize,
  norms: usize,
): void {
  const size = (d + h + 4) * NUMBER;
  const a0 = itemOf(items, size, a, first, pairs);
  const a1 = itemOf(items, size, a, first + 1, pairs);
  const a2 = itemOf(items, size, a, first + 2, pairs);
  const a3 = itemOf(items, size, a, first + 3, pairs);
  const b0 = itemOf(items, size, b, first, pairs);
  const b1 = itemOf(items, size, b, first + 1, pairs);
  const b2 = itemOf(items, size, b, first + 2, pairs);
  const b3 = itemOf(items, size, b, first + 3, pairs);
  let q0 = f32x4.splat(0);
  let q1 = q0;
  let q2 = q0;
  let q3 = q0;
  let at: usize = 0;
  for (; at < d * NUMBER; at += VECTOR) {
    const u0 = f32x4.abs(f32x4.sub(v128.load(a0 + at), v128.load(b0 + at)));
    const u1 = f32x4.abs(f32x4.sub(v128.load(a1 + at), v128.load(b1 + at)));
    const u2 = f32x4.abs(f32x4.sub(v128.load(a2 + at), v128.load(b2 + at)));
    const u3 = f32x4.abs(f32x4.sub(v128.load(a3 + at), v128.load(b3 + at)));
    q0 = madd(u0, u0, q0);
    q1 = madd(u1, u1, q1);
    q2 = madd(u2, u2, q2);
    q3 = madd(u3, u3, q3);
    storeColumns(u0, u1, u2, u3, x, x + ROW, x + 2 * ROW, x + 3 * ROW);
    x += 4 * ROW;
  }
  for (; at < (d + h) * NUMBER; at += VECTOR) {
    const v0 = f32x4.add(v128.load(a0 + at), v128.load(b0 + at));
    const v1 = f32x4.add(v128.load(a1 + at), v128.load(b1 + at));
    const v2 = f32x4.add(v128.load(a2 + at), v128.load(b2 + at));
    const v3 = f32x4.add(v128.load(a3 + at), v128.load(b3 + at));
    storeColumns(v0, v1, v2, v3, v, v + ROW, v + 2 * ROW, v + 3 * ROW);
    v += 4 * ROW;
  }
  const squaredU = sums(q0, q1, q2, q3);
  const squaredItems = sums(
    f32x4.add(v128.load(a0 + at), v128.load(b0 + at)),
    f32x4.add(v128.load(a1 + at), v128.load(b1 + at)),
    f32x4.add(v128.load(a2 + at), v128.load(b2 + at)),
    f32x4.add(v128.load(a3 + at), v128.load(b3 + at)),
  );
  // Parallelogram law: ||(a + b) / 2||^2 = ||a||^2 / 2 + ||b||^2 / 2 - ||a - b||^2 / 4.
  const squaredV = relu(f32x4.sub(squaredItems, f32x4.mul(squaredU, f32x4.splat(0.25))));
  v128.store(norms, squaredU);
  v128.store(norms, squaredV, ROW);
}

/** y = ReLU(y + bias). The published form divides y by a norm before this, and by y's own norm after it. */
function activate(y: usize, h: usize, bias: usize, squaredNorm: usize, published: bool): void {
  let scale0 = f32x4.splat(1);
  let scale1 = scale0;
  if (published) {
    scale0 = inverseNorm(v128.load(squaredNorm));
    scale1 = inverseNorm(v128.load(squaredNorm, VECTOR));
  }
  let q0 = f32x4.splat(0);
  let q1 = q0;
  const end = y + h * ROW;
  for (let row = y; row < end; row += ROW) {
    const start = v128.load32_splat(bias);
    const y0 = relu(madd(v128.load(row), scale0, start));
    const y1 = relu(madd(v128.load(row, VECTOR), scale1, start));
    v128.store(row, y0);
    v128.store(row, y1, VECTOR);
    q0 = madd(y0, y0, q0);
    q1 = madd(y1, y1, q1);
    bias += NUMBER;
  }
  if (!published) return;
  scale0 = inverseNorm(q0);
  scale1 = inverseNorm(q1);
  for (let row = y; row < end; row += ROW) {
    v128.store(row, f32x4.mul(v128.load(row), scale0));
    v128.store(row, f32x4.mul(v128.load(row, VECTOR), scale1), VECTOR);
  }
}

/** S = W_s ReLU(c + b_c) + b_s - w ||u||^2 for half of each row, four pairs. */
function finish(c: usize, h: usize, bias: usize, squaredU: usize): v128 {
  const kernel = bias + h * NUMBER;
  const last = kernel + h * NUMBER;
  let s = v128.load32_splat(last);
  for (; bias < kernel; bias += NUMBER) {
    const unit = relu(f32x4.add(v128.load(c), v128.load32_splat(bias)));
    s = madd(v128.load32_splat(bias + h * NUMBER), unit, s);
    c += ROW;
  }
  return f32x4.sub(s, f32x4.mul(v128.load32_splat(last, NUMBER), v128.load(squaredU)));
}

/**
 * Scores pairs of items.
 *
 * @param a indices of the first items, int32
 * @param b indices of the second items, int32
 * @param scores output, float32
 */
export function score(
  unit: usize,
  work: usize,
  d: usize,
  h: usize,
  published: bool,
  items: usize,
  a: usize,
  b: usize,
  scores: usize,
  pairs: i32,
): void {
  const kernelU = unit + d * h * NUMBER;
  const kernelC = kernelU + d * h * NUMBER;
  const biasU = kernelC + 2 * h * h * NUMBER;
  const biasV = biasU + h * NUMBER;
  const biasC = biasV + h * NUMBER;

  const x = work;
  const u = x + d * ROW;
  const v = u + h * ROW;
  const c = v + h * ROW;
  const norms = c + h * ROW;

  for (let first = 0; first < pairs; first += LANES) {
    readPairs(items, a, b, first, pairs, d, h, x, v, norms);
    readPairs(items, a, b, first + 4, pairs, d, h, x + VECTOR, v + VECTOR, norms + VECTOR);
    dense(kernelU, x, d, u, h);
    activate(u, h, biasU, norms, published);
    activate(v, h, biasV, norms + ROW, published);
    dense(kernelC, u, 2 * h, c, h);
    v128.store(x, finish(c, h, biasC, norms));
    v128.store(x, finish(c + VECTOR, h, biasC, norms + VECTOR), VECTOR);
    const filled = <usize>min(LANES, pairs - first);
    memory.copy(scores + <usize>first * NUMBER, x, filled * NUMBER);
  }
}

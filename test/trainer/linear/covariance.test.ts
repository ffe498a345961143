import { beforeAll, describe, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { covariance, meanRow } from "../../../trainer/linear/covariance.ts";
import { columnMeans, naiveCovariance } from "../../oracles/linear.ts";
import { expectClose, numbers, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("mean and covariance", () => {
  it.each([
    { n: 1, d: 3 },
    { n: 100, d: 1 },
    { n: 512, d: 4 },
    { n: 1300, d: 7 },
  ])("agree with sums in double precision: $n rows of $d", ({ n, d }) => {
    const rows = numbers(n * d, 3).map((value, at) => value + (at % d));
    const mean = meanRow(rows, d);
    expectClose(mean, columnMeans(toRows(rows, d)), 1e-6);
    const centred = rows.map((value, at) => value - mean[at % d]);
    expectClose(covariance(centred, d), naiveCovariance(toRows(rows, d)).flat(), 1e-6);
  });
});

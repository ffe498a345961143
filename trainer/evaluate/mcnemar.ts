/** ln(n!), by a sum: exact enough for any number of images. */
function logFactorial(n: number): number {
  let sum = 0;
  for (let k = 2; k <= n; k++) sum += Math.log(k);
  return sum;
}

/**
 * How probable it is that chance alone lets the first of two win at least so often, where each of the queries that
 * only one of them gets right goes to either with probability 1/2 (McNemar, 1947; exact and one-sided).
 *
 *     p = sum over k >= onlyFirst of C(n, k) / 2^n,  n = onlyFirst + onlySecond
 */
export function chanceOfWins(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  // The tail has at most n / 2 of the terms: the other side is 1 minus this.
  if (onlyFirst <= onlySecond)
    return onlyFirst === 0 ? 1 : 1 - chanceOfWins(onlySecond + 1, onlyFirst - 1);
  let term = logFactorial(n) - logFactorial(onlyFirst) - logFactorial(onlySecond) - n * Math.LN2;
  let sum = 0;
  for (let k = onlyFirst; k <= n; k++) {
    sum += Math.exp(term);
    term += Math.log(n - k) - Math.log(k + 1);
  }
  return Math.min(1, sum);
}

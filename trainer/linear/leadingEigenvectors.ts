import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { seededRandom } from "../random.ts";

/** A residual of a unit eigenvector that is nothing, as a share of the largest eigenvalue. */
const TOLERANCE = 1e-9;

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** a += factor b. */
function add(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i]! += factor * b[i]!;
}

/** Takes off what a vector has of some orthonormal ones; twice, because rounding leaves something of it. */
function orthogonalize(vector: Float64Array, basis: readonly Float64Array[]): void {
  for (let pass = 0; pass < 2; pass++) for (const q of basis) add(vector, q, -dot(vector, q));
}

/** Eigenvalues in ascending order, and eigenvectors as columns. */
function decompose(symmetric: Matrix) {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  return { values: realEigenvalues, vectors: eigenvectorMatrix };
}

/**
 * The unit eigenvectors of the k largest eigenvalues of a symmetric matrix, the largest first.
 *
 * By the method of Lanczos with full reorthogonalization (Golub and Van Loan, "Matrix Computations", section 10.3):
 * a small tridiagonal matrix has their eigenvalues, and grows until the eigenvectors are found. All eigenvectors of
 * 1,280 features take a quarter of a minute, and 64 of them a second or two.
 *
 * @param symmetric d * d values, positive semidefinite
 * @param k 1 to d
 */
export function leadingEigenvectors(symmetric: Float64Array, d: number, k: number): Float64Array[] {
  const random = seededRandom(1);
  const basis: Float64Array[] = [];
  const [diagonal, beside]: [number[], number[]] = [[], []];
  /** Continues the basis by this direction, or by another one where nothing is left of it. */
  const extend = (direction: Float64Array) => {
    orthogonalize(direction, basis);
    let length = Math.sqrt(dot(direction, direction));
    const isNothing = length <= TOLERANCE * Math.max(...diagonal, 0);
    beside.push(isNothing ? 0 : length);
    if (isNothing) {
      direction = Float64Array.from({ length: d }, () => random() - 0.5);
      orthogonalize(direction, basis);
      length = Math.sqrt(dot(direction, direction));
    }
    basis.push(direction.map((value) => value / length));
  };
  const multiply = (q: Float64Array) =>
    Float64Array.from({ length: d }, (_, i) => dot(symmetric.subarray(i * d, (i + 1) * d), q));

  extend(Float64Array.from({ length: d }, () => random() - 0.5));
  for (let size = Math.min(d, 3 * k + 32); ; size = Math.min(d, Math.ceil(1.4 * size))) {
    while (diagonal.length < size) {
      const q = basis[diagonal.length]!;
      const image = multiply(q);
      diagonal.push(dot(q, image));
      if (diagonal.length < d) extend(image);
    }
    const small = Matrix.zeros(size, size);
    diagonal.forEach((value, i) => small.set(i, i, value));
    for (let i = 1; i < size; i++) {
      small.set(i, i - 1, beside[i]!);
      small.set(i - 1, i, beside[i]!);
    }
    const { values, vectors } = decompose(small);
    const residuals = Array.from(
      { length: k },
      (_, i) => Math.abs(vectors.get(size - 1, size - 1 - i)) * (beside[size] ?? 0),
    );
    if (size < d && Math.max(...residuals) > TOLERANCE * values[size - 1]!) continue;
    return Array.from({ length: k }, (_, i) => {
      const vector = new Float64Array(d);
      for (let j = 0; j < size; j++) add(vector, basis[j]!, vectors.get(j, size - 1 - i));
      return vector;
    });
  }
}

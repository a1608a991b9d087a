/** Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002), with the gain 2^grade − 1. */

/** From 0, nothing of use among the first `k`, to 1, no better order possible. Grades of what is not named are 0. */
export function ndcg(ranking: readonly string[], grades: ReadonlyMap<string, number>, k: number): number {
  const ideal = [...grades.values()].toSorted((a, b) => b - a);
  const best = gainOf(ideal.slice(0, k));
  return best === 0 ? 0 : gainOf(ranking.slice(0, k).map((id) => grades.get(id) ?? 0)) / best;
}

function gainOf(grades: readonly number[]): number {
  return grades.reduce((sum, grade, at) => sum + (2 ** grade - 1) / Math.log2(at + 2), 0);
}

/** What a check finds: the same words whether the operator acts on it or says so. */
export interface Problem {
  /** For programs: one word in capitals and small letters. */
  readonly reason: string;
  /** For people: the fact, and what to do about it. */
  readonly message: string;
}

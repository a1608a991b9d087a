/** Which customers get the new version of a service. */
import { hash } from 'node:crypto';
import type { CanarySettings } from '@ecommercestack/contracts';

export type Variant = 'stable' | 'canary';

const SHARES = 10_000;

/**
 * The cohort of a subject: the same answer every time while the salt lasts, and raising the weight only adds
 * subjects. A new salt per rollout draws new cohorts.
 */
export function stickyVariant(canary: CanarySettings, subject: string): Variant {
  const digest = hash('sha256', `${canary.salt}\u2016${subject}`, 'buffer');
  return digest.readUIntBE(0, 6) % SHARES < shares(canary.weight) ? 'canary' : 'stable';
}

/** `draw` is uniform in [0, 1): each request is decided on its own. */
export function drawnVariant(canary: CanarySettings, draw: number): Variant {
  return draw * SHARES < shares(canary.weight) ? 'canary' : 'stable';
}

/** Weights have two decimals, and 0.29 × 100 is not 29. */
function shares(weight: number): number {
  return Math.round(weight * 100);
}

/** Chooses the app that a request goes to: the stable version of a service or its canary. */
import type { CanarySettings, ServiceName, Settings } from '@ecommercestack/contracts';
import { isStaff, type Identity } from '../authentication/identity.ts';
import { drawnVariant, stickyVariant, type Variant } from './variant.ts';

export interface Choice {
  readonly variant: Variant;
  readonly appId: string;
  readonly version: string;
  /** Staff asked for it: such traffic says nothing about the cohorts and is not counted. */
  readonly forced: boolean;
}

export interface Selection {
  readonly settings: Settings;
  readonly service: ServiceName;
  readonly identity: Identity;
  /** The `x-canary` header: `always` or `never`; obeyed for staff alone. */
  readonly wish: string | undefined;
  readonly random: () => number;
}

export function selectApp({ settings, service, identity, wish, random }: Selection): Choice {
  const { version, canary } = settings.services[service];
  const stable: Choice = { variant: 'stable', appId: service, version, forced: false };
  if (canary === undefined) return stable;
  const chosen: Choice = {
    variant: 'canary',
    appId: `${service}-canary`,
    version: canary.version,
    forced: false,
  };
  if (isStaff(identity) && wish === 'always') return { ...chosen, forced: true };
  if (isStaff(identity) && wish === 'never') return { ...stable, forced: true };
  const variant = canary.sticky ? stickyVariant(canary, identity.id) : drawnVariant(canary, random());
  return variant === 'canary' ? chosen : stable;
}

/** Only then does a guest need a cookie to stay on one side. */
export function isSplitting(canary: CanarySettings | undefined): boolean {
  return canary !== undefined && canary.sticky && canary.weight > 0 && canary.weight < 100;
}

import type { Part, ReadinessCheck } from '@ecommercestack/kit';

/** A place of data, chosen by the configuration: its port, and what the service has to start, stop and watch for it. */
export interface Opened<Port> {
  readonly port: Port;
  /** Empty where the place is the service's own database, which is watched already. */
  readonly readiness: readonly ReadinessCheck[];
  /** Connects, creates what is missing, begins background work; `stop` ends it and closes. */
  readonly lifecycle: Part;
}

/** On which channels the caller is told, and where. */
import type { notificationMethods, Preferences } from '@ecommercestack/contracts';
import type { Handlers } from '@ecommercestack/kit';
import { z } from 'zod';
import type { PreferenceSet } from '../../notification.ts';

type Methods = Handlers<typeof notificationMethods>;

export function getPreferences(
  read: (customerId: string) => Promise<PreferenceSet>,
): Methods['get-preferences'] {
  return async (_input, { actor }) => ({ ok: true, value: await read(actor.id) });
}

/** Applies to what is registered from now on. Without an address the one that follows from the customer's id counts. */
export function setPreferences(
  write: (customerId: string, preferences: Preferences) => Promise<PreferenceSet>,
): Methods['set-preferences'] {
  return async (preferences, { actor }) => {
    const { address } = preferences.email;
    if (address !== undefined && !z.email().safeParse(address).success) {
      const errors = [{ path: 'email.address', message: 'not an e-mail address' }];
      const detail = 'The request does not have the expected form.';
      return { ok: false, problem: { code: 'invalid-request', detail, extra: { errors } } };
    }
    return { ok: true, value: await write(actor.id, preferences) };
  };
}

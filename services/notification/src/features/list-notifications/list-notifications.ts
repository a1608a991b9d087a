import type { Notification, notificationMethods } from '@ecommercestack/contracts';
import { toPage } from '@ecommercestack/kit';
import type { Handlers } from '@ecommercestack/kit';
import type { PageQuery } from '../../page.ts';
import { toPageQuery } from '../../page.ts';

/** `find` reads one row more than the page holds, to tell whether there is another page. */
export function listNotifications(
  find: (query: PageQuery) => Promise<readonly Notification[]>,
): Handlers<typeof notificationMethods>['list-notifications'] {
  return async (input, { actor }) => {
    const query = toPageQuery(input, actor);
    if (!query.ok) return query;
    const found = await find({ ...query.value, limit: input.limit + 1 });
    const placeOf = ({ createdAt, notificationId: id }: Notification) => ({ time: new Date(createdAt), id });
    return { ok: true, value: toPage(found, input.limit, placeOf) };
  };
}

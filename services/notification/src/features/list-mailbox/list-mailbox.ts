import type { MailboxMessage, notificationMethods } from '@ecommercestack/contracts';
import { toPage } from '@ecommercestack/kit';
import type { Handlers } from '@ecommercestack/kit';
import type { PageQuery } from '../../page.ts';
import { toPageQuery } from '../../page.ts';

/** `find` reads one row more than the page holds, to tell whether there is another page. */
export function listMailbox(
  find: (query: PageQuery) => Promise<readonly MailboxMessage[]>,
): Handlers<typeof notificationMethods>['list-mailbox'] {
  return async (input, { actor }) => {
    const query = toPageQuery(input, actor);
    if (!query.ok) return query;
    const found = await find({ ...query.value, limit: input.limit + 1 });
    const placeOf = ({ receivedAt, messageId: id }: MailboxMessage) => ({ time: new Date(receivedAt), id });
    return { ok: true, value: toPage(found, input.limit, placeOf) };
  };
}

/**
 * E-mail over SMTP. At least once: the server may take a mail and its answer be lost, and SMTP has no way to ask.
 * The Message-ID follows from the key, so that a second copy is recognised by whoever receives both.
 */
import { createTransport } from 'nodemailer';
import type { DeliveryOutcome, MessageChannel } from '../ports.ts';

const CONNECTIONS = 5;

export interface SmtpOptions {
  /** smtp:// or smtps://, with credentials where needed. */
  readonly url: string;
  /** The sender, as in the From header. */
  readonly from: string;
  /** For connecting, for the greeting, and without a sign of life. */
  readonly timeoutMs: number;
}

export function createSmtpChannel({ url, from, timeoutMs }: SmtpOptions): MessageChannel {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^>\s]+)/.exec(from)?.[1] ?? 'localhost';
  return {
    // Two per connection: one under way, one waiting, so that the wait stays far below the time limit of an attempt.
    concurrency: 2 * CONNECTIONS,
    async deliver({ to, subject, body }, key, signal) {
      try {
        // As an object, so that an address is one recipient and never parsed as a list.
        const recipient = { name: '', address: to };
        await transport.sendMail({
          from,
          to: recipient,
          subject,
          text: body,
          messageId: messageId(key, domain),
          // Else it would stay in the queue of the pool, and be sent beside the attempts that follow.
          signal,
        });
        return { kind: 'delivered' };
      } catch (error) {
        const refused = refusalIn(error);
        if (refused === undefined) throw error;
        return refused;
      }
    },
    close: async () => transport.close(),
  };
}

function messageId(key: string, domain: string): string {
  return `<${key.replaceAll('/', '.')}@${domain}>`;
}

/** Steps of SMTP whose answer is about the recipient or the mail; before them it is about us, and an outage. */
const ABOUT_THE_MAIL: readonly unknown[] = ['RCPT TO', 'DATA'];

/** Permanent answers (5yz, RFC 5321 §4.2.1) about this mail. */
function refusalIn(error: unknown): DeliveryOutcome | undefined {
  if (!(error instanceof Error) || !('responseCode' in error) || !('permanent' in error)) return undefined;
  if (error.permanent !== true || !('command' in error) || !ABOUT_THE_MAIL.includes(error.command))
    return undefined;
  return { kind: 'refused', reason: `the mail server refused the message (${String(error.responseCode)})` };
}

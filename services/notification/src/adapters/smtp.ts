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
    async deliver({ to, subject, body }, key) {
      try {
        // As an object, so that an address is one recipient and never parsed as a list.
        const recipient = { name: '', address: to };
        await transport.sendMail({
          from,
          to: recipient,
          subject,
          text: body,
          messageId: messageId(key, domain),
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

/** Permanent answers (5yz, RFC 5321 §4.2.1) about this mail; trouble with our own login is an outage. */
function refusalIn(error: unknown): DeliveryOutcome | undefined {
  if (!(error instanceof Error) || !('responseCode' in error)) return undefined;
  const { responseCode } = error;
  const ours = 'code' in error && error.code === 'EAUTH';
  if (ours || typeof responseCode !== 'number' || responseCode < 500) return undefined;
  return { kind: 'refused', reason: `the mail server refused the message (${responseCode})` };
}

/** What the alerts of charts/platform do with a few time series, by Prometheus itself. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findPromtool } from '@ecommercestack/local/cluster';
import { runToEnd } from '@ecommercestack/local/parts';
import { parse, stringify } from 'yaml';
import { chartFolder } from './helm.ts';

const RULES = path.join(chartFolder('platform'), 'files/alerts.yaml');

/** A value a minute, as promtool writes them: `0+2x30` grows by two, `1x30` stays. */
type Series = Readonly<Record<string, string>>;

interface Case {
  readonly alert: string;
  readonly when: string;
  readonly series: Series;
  /** Minutes at which it is asked which alerts fire, and all that do. */
  readonly fires: Readonly<Record<number, readonly string[]>>;
}

const GATEWAY = { 'service_info{namespace="shop",service="gateway"}': '1x600' };

/** Alerts of a number that is too large for a while: with the largest that is not. */
const TOO_LARGE: readonly (readonly [alert: string, series: string, most: number, minutes: number])[] = [
  ['InvariantViolated', 'invariant_violations{invariant="I3"}', 0, 1],
  ['PaymentBreakerOpen', 'circuit_breaker_state{dependency="provider"}', 0, 2],
  ['PaymentUnknownOld', 'payment_unknown_oldest_age_seconds', 300, 5],
  ['OrderTooOld', 'order_oldest_open_age_seconds', 900, 5],
  ['ReservationsOverdue', 'inventory_reservations_overdue_seconds', 300, 5],
  ['OutboxStuck', 'outbox_oldest_age_seconds{service="order"}', 60, 2],
  ['DeadLetters', 'dead_letters_open{consumer="order"}', 0, 5],
  ['ProjectionLate', 'projection_lag_seconds{projection="orders"}', 60, 5],
  ['SearchIndexLate', 'catalog_index_lag_seconds', 60, 5],
  ['DatabasePoolExhausted', 'pg_pool_connections{service="order",pool="main",state="waiting"}', 10, 5],
];

const tooLarge = TOO_LARGE.flatMap(([alert, series, most, minutes]): Case[] => [
  {
    alert,
    when: `of more than ${most} after ${minutes} min, and not sooner`,
    series: { ...GATEWAY, [series]: `${most + 1}x30` },
    fires: { [minutes - 1]: [], [minutes + 1]: [alert] },
  },
  { alert, when: `not of ${most}`, series: { ...GATEWAY, [series]: `${most}x30` }, fires: { 30: [] } },
]);

const late = (within30: string, all: string): Series => ({
  ...GATEWAY,
  'message_age_seconds_bucket{consumer="order",le="30"}': within30,
  'message_age_seconds_bucket{consumer="order",le="60"}': all,
  'message_age_seconds_bucket{consumer="order",le="+Inf"}': all,
  'message_age_seconds_count{consumer="order"}': all,
});

const answers = (failed: string, fine: string): Series => ({
  ...GATEWAY,
  'http_server_request_duration_seconds_count{service="gateway",http_response_status_code="500"}': failed,
  'http_server_request_duration_seconds_count{service="gateway",http_response_status_code="200"}': fine,
});

const CASES: readonly Case[] = [
  ...tooLarge,
  {
    alert: 'PaymentContradiction',
    when: 'for an hour after each',
    series: { ...GATEWAY, payment_provider_contradictions_total: '0x9 1x120' },
    fires: { 5: [], 15: ['PaymentContradiction'], 90: [] },
  },
  {
    alert: 'OrdersStalled',
    when: 'when orders come and none ends',
    series: { ...GATEWAY, order_accepted_total: '0+1x30', order_terminal_total: '7x30' },
    fires: { 4: [], 20: ['OrdersStalled'] },
  },
  {
    alert: 'OrdersStalled',
    when: 'not when some end, nor when none come',
    series: {
      ...GATEWAY,
      'order_accepted_total{namespace="busy"}': '0+2x30',
      'order_terminal_total{namespace="busy"}': '0+1x30',
      'order_accepted_total{namespace="idle"}': '7x30',
      'order_terminal_total{namespace="idle"}': '7x30',
    },
    fires: { 20: [] },
  },
  {
    alert: 'MessagesLate',
    when: 'of more than 30 seconds, and more than a few',
    series: late('0x30', '0+10x30'),
    fires: { 20: ['MessagesLate'] },
  },
  { alert: 'MessagesLate', when: 'not of fast ones', series: late('0+10x30', '0+10x30'), fires: { 20: [] } },
  { alert: 'MessagesLate', when: 'not of a few', series: late('0x30', '0+1x30'), fires: { 20: [] } },
  {
    alert: 'HttpErrorBudgetBurn',
    when: 'by both windows when one of twenty fails',
    series: answers('0+1x120', '0+19x120'),
    fires: { 90: ['HttpErrorBudgetBurn 1h', 'HttpErrorBudgetBurn 6h'] },
  },
  {
    alert: 'HttpErrorBudgetBurn',
    when: 'by the long window alone when one of a hundred fails',
    series: answers('0+1x120', '0+99x120'),
    fires: { 90: ['HttpErrorBudgetBurn 6h'] },
  },
  {
    alert: 'HttpErrorBudgetBurn',
    when: 'not when one of a thousand does',
    series: answers('0+1x120', '0+999x120'),
    fires: { 90: [] },
  },
  {
    alert: 'HttpErrorBudgetBurn',
    when: 'not of four errors of a quiet shop',
    series: answers('0x60 1+1x3 4x30', '0x60 1+1x30'),
    fires: { 64: [], 70: [] },
  },
  {
    alert: 'NothingToScrape',
    when: 'when no gateway tells about itself',
    series: { 'service_info{namespace="shop",service="order"}': '1x30' },
    fires: { 4: [], 6: ['NothingToScrape'] },
  },
  { alert: 'NothingToScrape', when: 'not beside a gateway', series: GATEWAY, fires: { 30: [] } },
  {
    alert: 'SettingsRejected',
    when: 'for a quarter of an hour after each',
    series: { ...GATEWAY, 'settings_rejected_total{service="order"}': '0x9 1x60' },
    fires: { 5: [], 15: ['SettingsRejected'], 40: [] },
  },
];

void describe('the alerts', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alerts-spec-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const promtool = (...args: readonly string[]) => runToEnd(findPromtool(), args, { cwd: folder });

  it('are rules that Prometheus can read', async () => {
    assert.match(await promtool('check', 'rules', '--lint=all', '--lint-fatal', RULES), /SUCCESS/);
  });

  it('have a case each in which they fire, and one in which they do not', async () => {
    const { groups } = parse(await readFile(RULES, 'utf8')) as {
      readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
    };
    const moments = CASES.flatMap(({ alert, fires }) => Object.values(fires).map((all) => ({ alert, all })));
    const names = (of: (all: readonly string[], alert: string) => boolean) =>
      [...new Set(moments.flatMap(({ alert, all }) => (of(all, alert) ? [alert] : [])))].toSorted();
    const all = [...new Set(groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)))].toSorted();
    assert.deepEqual(
      names((firing, alert) => firing.some((one) => one.startsWith(alert))),
      all,
    );
    assert.deepEqual(
      names((firing) => firing.length === 0),
      all,
    );
  });

  for (const { alert, when, series, fires } of CASES) {
    it(`${alert}: ${when}`, async () => {
      const file = path.join(folder, 'case.yaml');
      await writeFile(
        file,
        stringify({ rule_files: [RULES], evaluation_interval: '1m', tests: [testOf(series, fires)] }),
      );
      await promtool('test', 'rules', file);
    });
  }
});

/** In promtool's form; by the series that Prometheus keeps of alerts, as their words may change. */
function testOf(series: Series, fires: Case['fires']) {
  return {
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: Object.entries(fires).map(([minute, firing]) => ({
      expr: 'count by (alertname, window) (ALERTS{alertstate="firing"})',
      eval_time: `${minute}m`,
      exp_samples: firing.map((text) => {
        const [alertname, window] = text.split(' ');
        return {
          labels: `{alertname="${alertname}"${window === undefined ? '' : `, window="${window}"`}}`,
          value: 1,
        };
      }),
    })),
  };
}

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { readText, root } from '../repository.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
}

const { groups } = parse(readText('charts/platform/files/alerts.yaml')) as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(readText('charts/platform/files/dashboard.json')) as {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
};

/** As the code declares them: `name: 'order_open'` within a counter, a gauge or a histogram. */
const sources = globSync('{packages,services,local}/*/src/**/*.ts', { cwd: root }).concat(
  globSync('local/src/*.ts', { cwd: root }),
);
const declared = new Set(
  sources
    .filter((file) => !file.includes('.spec.'))
    .flatMap((file) => [...readText(file).matchAll(/\b(counter|gauge|histogram)\(\{\s*name: '([a-z_]+)'/g)])
    .flatMap(([, type, name = '']) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
);

/** The names of series in an expression: neither functions, nor labels in braces or after by, on and the like. */
function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(by|on|without|ignoring)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/\b[a-z]+(?:_[a-z]+)+\b(?!\s*\()/g)].map(([name]) => name);
}

void describe('what watches a shop', () => {
  it('is read: this spec sees metrics where there are some', () => {
    assert.deepEqual(metricsIn('sum by (name_space) (rate(a_total{b_c="d"}[5m])) / on (e_f) g_h'), [
      'a_total',
      'g_h',
    ]);
    assert.ok(declared.size > 30);
  });

  for (const { alert, expr, labels, annotations } of rules) {
    it(`${alert} (${labels.severity}) asks for metrics that there are, and says what to do`, () => {
      const metrics = metricsIn(expr);
      assert.ok(metrics.length > 0, expr);
      assert.deepEqual(
        metrics.filter((name) => !declared.has(name)),
        [],
      );
      assert.match(labels.severity, /^(page|ticket)$/);
      assert.ok(annotations.summary.length > 0 && annotations.action.length > 0);
    });
  }

  for (const { title, targets } of panels) {
    it(`the panel "${title}" shows metrics that there are`, () => {
      const metrics = targets.flatMap(({ expr }) => metricsIn(expr));
      assert.ok(metrics.length > 0);
      assert.deepEqual(
        metrics.filter((name) => !declared.has(name)),
        [],
      );
    });
  }
});

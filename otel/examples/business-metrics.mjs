// Three business metrics. Run with: node --require otel/register otel/examples/business-metrics.mjs
// A label of your own passes the collector once it is listed there: one line in collector-config/collector.yaml, redaction/apps.
import { setTimeout } from 'node:timers/promises';
import { defineMetrics } from 'otel';

const carts = new Map([['alice@example.com', 3]]);

const shop = defineMetrics({
  shop_orders_total: {
    kind: 'counter',
    description: 'Orders placed.',
    unit: '{order}',
    labels: { plan: { values: ['free', 'pro'] } },
  },
  shop_order_value_euros: {
    kind: 'histogram',
    description: 'What an order was worth.',
    unit: '{euro}',
    boundaries: [10, 50, 100],
    labels: { customer: { limit: 5, pseudonym: true } },
  },
  shop_open_carts: { kind: 'observable', description: 'Carts open now.', unit: '{cart}', observe: () => carts.size },
});

shop.shop_orders_total.add(1, { plan: 'pro' });
shop.shop_order_value_euros.record(49.9, { customer: 'alice@example.com' });

// A service stays; this example only until its metrics have been exported.
await setTimeout(Number(process.env.OTEL_METRIC_EXPORT_INTERVAL ?? 10_000) * 2);

// Three business metrics. Run with: node --require otel/register otel/examples/business-metrics.mjs
// A label of your own passes the collector once it is listed there: one line in collector-config/collector.yaml, redaction/apps.
import { setTimeout } from 'node:timers/promises';
import { defineMetrics } from '@onyx-metrics/otel';

const carts = new Map([['alice@example.com', 3]]);

const shop = defineMetrics({
  shop_orders_total: {
    kind: 'counter',
    description: 'Orders placed.',
    unit: '{order}',
    labels: { plan: { values: ['free', 'pro'] }, customer: { limit: 5, pseudonym: true } },
  },
  shop_order_euros: { kind: 'histogram', description: 'Worth of an order.', unit: '{euro}', boundaries: [10, 50, 100] },
  shop_open_carts: { kind: 'observable', description: 'Carts open now.', unit: '{cart}', observe: () => carts.size },
});

shop.shop_orders_total.add(1, { plan: 'pro', customer: 'alice@example.com' });
shop.shop_order_euros.record(49.9);

// A service stays; this example only until its metrics have been exported.
await setTimeout(Number(process.env.OTEL_METRIC_EXPORT_INTERVAL ?? 10_000) * 2);

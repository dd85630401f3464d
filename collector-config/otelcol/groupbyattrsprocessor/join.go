// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package groupbyattrsprocessor

import (
	"hash/maphash"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"onyx-metrics/otelcol/series"
)

// process leaves each resource, each scope of it and each metric of that once, and each series one point, marked as of that series. It
// returns how many points were shown in place of a twin's before, and how many could not be added to any.
func (t *twins) process(metrics pmetric.Metrics) (overwritten, endless int64) {
	overwritten, endless = t.tellApart(metrics), withoutEndless(metrics)
	joinResources(metrics.ResourceMetrics())
	for _, resource := range metrics.ResourceMetrics().All() {
		keepLatest(resource.ScopeMetrics())
		joinScopes(resource.ScopeMetrics())
	}
	mark(metrics)
	return overwritten, endless
}

// A gateway that gathers exports before it sends them repeats the resource for each.
func joinResources(resources pmetric.ResourceMetricsSlice) {
	if resources.Len() < 2 {
		return
	}
	known := map[uint64]pmetric.ResourceMetrics{}
	resources.RemoveIf(func(resource pmetric.ResourceMetrics) bool {
		hash := series.Hash(resource.Resource().Attributes())
		first, found := known[hash]
		if !found {
			known[hash] = resource
			return false
		}
		if !series.Equal(first.Resource().Attributes(), resource.Resource().Attributes()) {
			return false
		}
		resource.ScopeMetrics().MoveAndAppendTo(first.ScopeMetrics())
		return true
	})
}

// joinScopes brings together what scopes of the same name, version and attributes have.
func joinScopes(scopes pmetric.ScopeMetricsSlice) {
	type joined struct {
		metrics pmetric.MetricSlice
		known   map[series.Stream]pmetric.Metric
	}
	known := map[uint64]joined{}
	scopes.RemoveIf(func(scope pmetric.ScopeMetrics) bool {
		hash := hashOf(scope)
		into, found := known[hash]
		if !found {
			into = joined{scope.Metrics(), map[series.Stream]pmetric.Metric{}}
			known[hash] = into
		}
		series.Join(scope.Metrics(), into.known)
		if found {
			scope.Metrics().MoveAndAppendTo(into.metrics)
		}
		return found
	})
}

var seed = maphash.MakeSeed()

func hashOf(scope pmetric.ScopeMetrics) uint64 {
	hash := series.Hash(scope.Scope().Attributes())
	for _, text := range []string{scope.Scope().Name(), scope.Scope().Version(), scope.SchemaUrl()} {
		hash = hash*31 + maphash.String(seed, text)
	}
	return hash
}

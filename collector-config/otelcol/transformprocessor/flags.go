// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"context"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottldatapoint"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlmetric"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// withFlags keeps the flags of points that upstream's function replaces by new ones, and with them where they come from.
func withFlags(theirs ottl.Factory[*ottlmetric.TransformContext]) ottl.Factory[*ottlmetric.TransformContext] {
	return changed(theirs, func(convert ottl.ExprFunc[*ottlmetric.TransformContext]) ottl.ExprFunc[*ottlmetric.TransformContext] {
		return func(ctx context.Context, of *ottlmetric.TransformContext) (any, error) {
			metric := of.GetMetric()
			if metric.Type() != pmetric.MetricTypeExponentialHistogram {
				return nil, nil
			}
			var flags []pmetric.DataPointFlags
			for _, point := range metric.ExponentialHistogram().DataPoints().All() {
				flags = append(flags, point.Flags())
			}
			result, err := convert(ctx, of)
			for i, point := range metric.Histogram().DataPoints().All() {
				point.SetFlags(flags[i])
			}
			return result, err
		}
	})
}

// onceWithFlags does so for what upstream's function makes of a summary. Upstream's is executed for each point of it, and each time for all.
func onceWithFlags(theirs ottl.Factory[*ottldatapoint.TransformContext]) ottl.Factory[*ottldatapoint.TransformContext] {
	return changed(theirs, func(convert ottl.ExprFunc[*ottldatapoint.TransformContext]) ottl.ExprFunc[*ottldatapoint.TransformContext] {
		return func(ctx context.Context, of *ottldatapoint.TransformContext) (any, error) {
			metric, metrics := of.GetMetric(), of.GetMetrics()
			if metric.Type() != pmetric.MetricTypeSummary || of.GetDataPoint() != any(metric.Summary().DataPoints().At(0)) {
				return nil, nil
			}
			result, err := convert(ctx, of)
			for i, point := range metrics.At(metrics.Len() - 1).Sum().DataPoints().All() {
				point.SetFlags(metric.Summary().DataPoints().At(i).Flags())
			}
			return result, err
		}
	})
}

// changed is a function of the same name and arguments that executes another.
func changed[K any](theirs ottl.Factory[K], change func(ottl.ExprFunc[K]) ottl.ExprFunc[K]) ottl.Factory[K] {
	return ottl.NewFactory(theirs.Name(), theirs.CreateDefaultArguments(),
		func(of ottl.FunctionContext, arguments ottl.Arguments) (ottl.ExprFunc[K], error) {
			convert, err := theirs.CreateFunction(of, arguments)
			if err != nil {
				return nil, err
			}
			return change(convert), nil
		})
}

// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

// Package transformprocessor is upstream's processor of the same name, for metrics, with parts of our own. The function
// `aggregate_on_attributes` adds up points that lost the label which told them apart, across scopes (together.go) and across requests
// (totals.go). Statements that close labels are executed as a group (closing.go).
//
// Upstream's function writes every point as JSON to find its equals, keeps histograms of different boundaries apart although their labels are
// equal, and panics at one without buckets. README.md says what becomes of these here.
package transformprocessor

import (
	"fmt"
	"reflect"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlmetric"
	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	"go.opentelemetry.io/collector/processor"
)

func newFactory() processor.Factory {
	ofMetrics := upstream.DefaultMetricFunctions()
	for i, function := range ofMetrics {
		switch function.Name() {
		case "aggregate_on_attributes":
			ofMetrics[i] = inPlaceOf(function)
		case "convert_exponential_histogram_to_histogram":
			ofMetrics[i] = withFlags(function)
		}
	}
	ofPoints := upstream.DefaultDataPointFunctions()
	for i, function := range ofPoints {
		switch function.Name() {
		case "convert_summary_count_val_to_sum", "convert_summary_sum_val_to_sum":
			ofPoints[i] = onceWithFlags(function)
		}
	}
	theirs := upstream.NewFactoryWithOptions(upstream.WithMetricFunctions(ofMetrics), upstream.WithDataPointFunctions(ofPoints))
	return processor.NewFactory(theirs.Type(), theirs.CreateDefaultConfig,
		processor.WithMetrics(create(theirs), theirs.MetricsStability()))
}

// inPlaceOf takes upstream's arguments: what becomes of the numbers of equal points, and which attributes stay. With a list of attributes, or
// anything but "sum" and "max", it is upstream's function.
func inPlaceOf(theirs ottl.Factory[*ottlmetric.TransformContext]) ottl.Factory[*ottlmetric.TransformContext] {
	create := func(context ottl.FunctionContext, arguments ottl.Arguments) (ottl.ExprFunc[*ottlmetric.TransformContext], error) {
		fallback, err := theirs.CreateFunction(context, arguments)
		if err != nil {
			return nil, err
		}
		// Their type is not exported, its fields are.
		fields := reflect.ValueOf(arguments).Elem()
		function, isText := fields.FieldByName("AggregationFunction").Interface().(string)
		attributes, isList := fields.FieldByName("Attributes").Interface().(ottl.Optional[[]string])
		if !isText || !isList {
			return nil, fmt.Errorf("%s has other arguments than in version 0.152.0", theirs.Name())
		}
		add, known := additions[function]
		if !known || !attributes.IsEmpty() {
			return fallback, nil
		}
		return add.function(fallback), nil
	}
	return ottl.NewFactory(theirs.Name(), theirs.CreateDefaultArguments(), create)
}

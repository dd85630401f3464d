// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

// Package redactionprocessor drops the labels that no list allows and masks values that match a pattern, for metrics.
//
// It has the type and configuration keys of upstream's processor of the same name, so that one configuration runs with either. What it
// makes of a message is the same. It judges each distinct value once and keeps the verdict, because a process sends the same
// labels with every export; README.md says how many.
package redactionprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"
)

func newFactory() processor.Factory {
	return processor.NewFactory(
		component.MustNewType("redaction"),
		func() component.Config { return &Config{} },
		processor.WithMetrics(create, component.StabilityLevelBeta),
	)
}

func create(ctx context.Context, settings processor.Settings, config component.Config, next consumer.Metrics) (processor.Metrics, error) {
	redaction, err := newRedaction(config.(*Config))
	if err != nil {
		return nil, err
	}
	return processorhelper.NewMetrics(ctx, settings, config, next, redaction.process,
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}))
}

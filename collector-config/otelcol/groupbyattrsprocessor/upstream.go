// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

//go:build upstream_components

package groupbyattrsprocessor

import (
	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/groupbyattrsprocessor"
	"go.opentelemetry.io/collector/processor"
)

// NewFactory returns upstream's, for a collector that this one is compared with.
func NewFactory() processor.Factory { return upstream.NewFactory() }

// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

//go:build !upstream_components

package groupbyattrsprocessor

import "go.opentelemetry.io/collector/processor"

// NewFactory returns the factory of this processor.
func NewFactory() processor.Factory { return newFactory() }

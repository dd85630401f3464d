// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package series

import "go.opentelemetry.io/collector/pdata/pmetric"

// An Origin tells the series of a sender apart after labels that told them apart are gone; 0 is that of a point of which it is not known.
// It stands in the bits of a point's flags that OpenTelemetry reserves, so it reaches wherever the point does, and costs nothing.
type Origin uint32

const reserved = ^pmetric.DataPointFlags(1)

// Marked returns flags that say where a point comes from, by the hash of that.
func Marked(flags pmetric.DataPointFlags, hash uint64) pmetric.DataPointFlags {
	return flags&^reserved | max(pmetric.DataPointFlags(hash)&reserved, 2)
}

// Unmarked returns flags as OpenTelemetry knows them.
func Unmarked(flags pmetric.DataPointFlags) pmetric.DataPointFlags { return flags &^ reserved }

// OriginOf reads what Marked has written.
func OriginOf(flags pmetric.DataPointFlags) Origin { return Origin(flags >> 1) }

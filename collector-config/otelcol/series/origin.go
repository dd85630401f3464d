// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package series

import "go.opentelemetry.io/collector/pdata/pmetric"

// An Origin tells the series of a sender apart after labels that told them apart are gone; 0 is that of a point of which it is not known.
// It stands in the bits of a point's flags that OpenTelemetry reserves, so it reaches wherever the point does, and costs nothing.
type Origin uint32

// The first reserved bit says whether the series counts on, which a type may no longer tell: that of the count of a summary.
const (
	reserved = ^pmetric.DataPointFlags(1)
	countsOn = pmetric.DataPointFlags(2)
)

// Marked returns flags that say where a point comes from, by the hash of that.
func Marked(flags pmetric.DataPointFlags, hash uint64, counts bool) pmetric.DataPointFlags {
	mark := max(pmetric.DataPointFlags(hash)&reserved&^countsOn, 2*countsOn)
	if counts {
		mark |= countsOn
	}
	return Unmarked(flags) | mark
}

// Unmarked returns flags as OpenTelemetry knows them.
func Unmarked(flags pmetric.DataPointFlags) pmetric.DataPointFlags { return flags &^ reserved }

// OriginOf reads what Marked has written.
func OriginOf(flags pmetric.DataPointFlags) Origin { return Origin(flags >> 1) }

// CountsOn tells whether the series is a total that does not fall.
func (o Origin) CountsOn() bool { return o&1 != 0 }

// Next is another origin, of a series that counts on if this one does.
func (o Origin) Next() Origin { return o + 2 }

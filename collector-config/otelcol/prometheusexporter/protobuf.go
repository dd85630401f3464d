// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"math"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"google.golang.org/protobuf/encoding/protowire"
)

// A protobufFormat writes MetricFamily messages of io.prometheus.client, each with its length before it.
type protobufFormat struct{ scheme model.EscapingScheme }

// appendHeader appends what stands before the series of a family, which are so many bytes.
func (f protobufFormat) appendHeader(b []byte, family *family, size int) []byte {
	var head []byte
	head = appendString(head, 1, escapeName(family.name, f.scheme))
	head = appendString(head, 2, family.help)
	head = appendVarintField(head, 3, uint64(family.kind))
	b = protowire.AppendVarint(b, uint64(len(head)+size))
	return append(b, head...)
}

func (protobufFormat) appendEnd(b []byte) []byte { return b }

func (f protobufFormat) appendSeries(b []byte, s *series, sendTimestamps bool) []byte {
	return appendMessage(b, 4, func(b []byte) []byte {
		b = append(b, s.encoded(f.scheme)...)
		switch p := s.point.(type) {
		case *number:
			if s.family.kind == dto.MetricType_COUNTER {
				b = appendMessage(b, 3, func(b []byte) []byte { return appendCounter(b, s, p) })
			} else {
				b = appendMessage(b, 2, func(b []byte) []byte { return appendDouble(b, 1, p.exposed()) })
			}
		case *summary:
			b = appendMessage(b, 4, func(b []byte) []byte { return appendSummary(b, s, p) })
		case *classic:
			b = appendMessage(b, 7, func(b []byte) []byte { return appendClassic(b, s, p) })
		case *exponential:
			b = appendMessage(b, 7, func(b []byte) []byte { return appendExponential(b, s, p) })
		}
		if sendTimestamps && !s.isInfo {
			b = appendVarintField(b, 6, uint64(milliseconds(s.times.end)))
		}
		return b
	})
}

func appendCounter(b []byte, s *series, p *number) []byte {
	b = appendDouble(b, 1, p.exposed())
	if len(s.exemplars) > 0 {
		b = appendExemplar(b, 2, &s.exemplars[len(s.exemplars)-1])
	}
	return appendCreated(b, 3, s)
}

func appendSummary(b []byte, s *series, p *summary) []byte {
	b = appendVarintField(b, 1, p.count)
	b = appendDouble(b, 2, p.sum)
	for _, q := range p.quantiles {
		b = appendMessage(b, 3, func(b []byte) []byte { return appendDouble(appendDouble(b, 1, q.rank), 2, q.value) })
	}
	return appendCreated(b, 4, s)
}

func appendClassic(b []byte, s *series, p *classic) []byte {
	b = appendVarintField(b, 1, p.count)
	b = appendDouble(b, 2, p.sum)
	var total uint64
	for i, count := range p.counts {
		total += count
		b = appendBucket(b, p.bounds.values[i], total, exemplarOf(s.exemplars, p.bounds.values, i))
	}
	if e := exemplarOf(s.exemplars, p.bounds.values, len(p.counts)); e != nil && !p.endless() {
		b = appendBucket(b, math.Inf(1), p.count, e) // otherwise the count says it
	}
	return appendCreated(b, 15, s)
}

func appendBucket(b []byte, bound float64, total uint64, e *exemplar) []byte {
	// Cheaper than to measure it afterwards: this is most of an exposition.
	size := 1 + protowire.SizeVarint(total) + 9
	if e != nil {
		return appendMessage(b, 3, func(b []byte) []byte {
			return appendExemplar(appendDouble(appendVarintField(b, 1, total), 2, bound), 3, e)
		})
	}
	b = append(b, 3<<3|byte(protowire.BytesType), byte(size))
	return appendDouble(appendVarintField(b, 1, total), 2, bound)
}

func appendExponential(b []byte, s *series, p *exponential) []byte {
	b = appendVarintField(b, 1, p.count)
	b = appendDouble(b, 2, p.exposedSum())
	scale := min(p.scale, finestScale)
	b = appendVarintField(b, 5, protowire.EncodeZigZag(int64(scale)))
	threshold := p.zeroThreshold
	if threshold == 0 {
		threshold = defaultZeroThreshold
	}
	b = appendDouble(b, 6, threshold)
	b = appendVarintField(b, 7, p.zeroCount)
	b = appendBuckets(b, 9, p.negative, p.scale-scale)
	b = appendBuckets(b, 12, p.positive, p.scale-scale)
	b = appendCreated(b, 15, s)
	for i := range s.exemplars {
		b = appendExemplar(b, 16, &s.exemplars[i])
	}
	return b
}

// appendBuckets appends one span and the differences of its counts, under this number and the next.
func appendBuckets(b []byte, field protowire.Number, side buckets, steps int32) []byte {
	side.coarsen(steps)
	if len(side.counts) == 0 {
		return b
	}
	b = appendMessage(b, field, func(b []byte) []byte {
		// Prometheus numbers a bucket by its upper bound.
		b = appendVarintField(b, 1, protowire.EncodeZigZag(int64(side.offset)+1))
		return appendVarintField(b, 2, uint64(len(side.counts)))
	})
	// Packed, which every reader of protobuf takes, and half as long.
	return appendMessage(b, field+1, func(b []byte) []byte {
		var previous uint64
		for _, count := range side.counts {
			b = protowire.AppendVarint(b, protowire.EncodeZigZag(int64(count-previous)))
			previous = count
		}
		return b
	})
}

func appendExemplar(b []byte, field protowire.Number, e *exemplar) []byte {
	return appendMessage(b, field, func(b []byte) []byte {
		for _, l := range e.labels() {
			b = appendPair(b, 1, l.name, l.value)
		}
		b = appendDouble(b, 2, e.value)
		return appendTime(b, 3, e.time)
	})
}

func appendCreated(b []byte, field protowire.Number, s *series) []byte {
	if created, known := s.times.created(); known && !s.isInfo {
		return appendTime(b, field, created)
	}
	return b
}

func appendTime(b []byte, field protowire.Number, t pcommon.Timestamp) []byte {
	time := t.AsTime()
	return appendMessage(b, field, func(b []byte) []byte {
		b = appendVarintField(b, 1, uint64(time.Unix()))
		return appendVarintField(b, 2, uint64(time.Nanosecond()))
	})
}

func appendString(b []byte, field protowire.Number, text string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), text)
}

func appendVarintField(b []byte, field protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), value)
}

func appendDouble(b []byte, field protowire.Number, value float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, field, protowire.Fixed64Type), math.Float64bits(value))
}

// appendMessage appends a message under a field number, and its length before it, which is known only afterwards.
func appendMessage(b []byte, field protowire.Number, body func([]byte) []byte) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	at := len(b)
	b = body(append(b, 0))
	size := len(b) - at - 1
	if size < 1<<7 {
		b[at] = byte(size)
		return b
	}
	extra := protowire.SizeVarint(uint64(size)) - 1
	for range extra {
		b = append(b, 0)
	}
	copy(b[at+1+extra:], b[at+1:at+1+size])
	protowire.AppendVarint(b[:at], uint64(size))
	return b
}

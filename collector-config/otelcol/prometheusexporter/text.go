// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// A textFormat writes Prometheus' text format 0.0.4 or OpenMetrics, as expfmt writes what upstream hands it.
type textFormat struct {
	openMetrics bool
	scheme      model.EscapingScheme
}

var typeNames = map[dto.MetricType]string{
	dto.MetricType_COUNTER:   "counter",
	dto.MetricType_GAUGE:     "gauge",
	dto.MetricType_SUMMARY:   "summary",
	dto.MetricType_HISTOGRAM: "histogram",
}

func (f textFormat) appendHeader(b []byte, family *family, _ int) []byte {
	name, kind := escapeName(family.name, f.scheme), typeNames[family.kind]
	if f.openMetrics && family.kind == dto.MetricType_COUNTER {
		if base, found := strings.CutSuffix(name, "_total"); found {
			name = base
		} else {
			kind = "unknown" // a counter has that suffix there
		}
	}
	b = append(b, "# HELP "...)
	b = appendName(b, name, model.LegacyValidation.IsValidMetricName(name))
	b = append(b, ' ')
	b = appendEscaped(b, family.help, f.openMetrics)
	b = append(b, "\n# TYPE "...)
	b = appendName(b, name, model.LegacyValidation.IsValidMetricName(name))
	b = append(b, ' ')
	b = append(b, kind...)
	return append(b, '\n')
}

func (f textFormat) appendEnd(b []byte) []byte {
	if f.openMetrics {
		return append(b, "# EOF\n"...)
	}
	return b
}

// A lineWriter writes the lines of one series.
type lineWriter struct {
	textFormat
	family *family
	labels []byte
	// timestamp, formatted, with a space before it; empty when none is sent.
	timestamp []byte
}

func (f textFormat) appendSeries(b []byte, s *series, sendTimestamps bool) []byte {
	w := lineWriter{textFormat: f, family: s.family, labels: s.text(f.scheme)}
	if sendTimestamps && !s.isInfo {
		var stamp [32]byte
		w.timestamp = f.appendTimestamp(stamp[:0], s.times.end)
	}
	switch p := s.point.(type) {
	case *number:
		b = w.begin(b, suffixNone, nil)
		b = w.float(b, p.exposed())
		if s.family.kind == dto.MetricType_COUNTER && len(s.exemplars) > 0 {
			return w.end(b, &s.exemplars[len(s.exemplars)-1])
		}
		return w.end(b, nil)
	case *summary:
		for _, q := range p.quantiles {
			quantile := append(w.float([]byte(`quantile="`), q.rank), '"')
			b = w.end(w.float(w.begin(b, suffixNone, quantile), q.value), nil)
		}
		return w.sumAndCount(b, p.sum, p.count)
	case *exponential:
		infinite := []byte(`le="+Inf"`)
		b = w.end(w.count(w.begin(b, suffixBucket, infinite), p.count), nil)
		return w.sumAndCount(b, p.exposedSum(), p.count)
	case *classic:
		return w.classic(b, p, s.exemplars)
	}
	return b
}

func (w *lineWriter) classic(b []byte, h *classic, exemplars []exemplar) []byte {
	les := h.bounds.text
	if w.openMetrics {
		les = h.bounds.openMetrics
	}
	var total uint64
	for i, count := range h.counts {
		total += count
		b = w.count(w.begin(b, suffixBucket, les[i]), total)
		b = w.end(b, exemplarOf(exemplars, h.bounds.values, i))
	}
	if !h.endless() {
		b = w.count(w.begin(b, suffixBucket, les[len(les)-1]), h.count)
		b = w.end(b, exemplarOf(exemplars, h.bounds.values, len(h.counts)))
	}
	return w.sumAndCount(b, h.sum, h.count)
}

func (w *lineWriter) sumAndCount(b []byte, sum float64, count uint64) []byte {
	b = w.end(w.float(w.begin(b, suffixSum, nil), sum), nil)
	return w.end(w.count(w.begin(b, suffixCount, nil), count), nil)
}

// begin appends name and labels, the last of which may be one of the line's own.
func (w *lineWriter) begin(b []byte, suffix suffix, own []byte) []byte {
	name := w.family.textName(w.scheme, suffix)
	if len(w.labels) == 0 && len(own) == 0 {
		return append(append(b, name.alone...), ' ')
	}
	b = append(b, name.open...)
	b = append(b, w.labels...)
	if len(w.labels) > 0 && len(own) > 0 {
		b = append(b, ',')
	}
	b = append(b, own...)
	return append(b, '}', ' ')
}

func (w *lineWriter) end(b []byte, e *exemplar) []byte {
	b = append(b, w.timestamp...)
	if w.openMetrics && e != nil && e.labelled() {
		b = append(b, " # {"...)
		b = append(b, e.text()...)
		b = append(b, '}', ' ')
		b = appendOpenMetricsFloat(b, e.value)
		b = append(b, ' ')
		b = appendOpenMetricsFloat(b, float64(int64(e.time))/1e9)
	}
	return append(b, '\n')
}

func (f textFormat) float(b []byte, value float64) []byte {
	if f.openMetrics {
		return appendOpenMetricsFloat(b, value)
	}
	return appendFloat(b, value)
}

func (f textFormat) count(b []byte, count uint64) []byte {
	if f.openMetrics || count < 1e6 {
		return strconv.AppendUint(b, count, 10)
	}
	return appendFloat(b, float64(count))
}

func (f textFormat) appendTimestamp(b []byte, t pcommon.Timestamp) []byte {
	b = append(b, ' ')
	if f.openMetrics {
		return appendOpenMetricsFloat(b, float64(milliseconds(t))/1000)
	}
	return strconv.AppendInt(b, milliseconds(t), 10)
}

// milliseconds of Unix time, rounded down.
func milliseconds(t pcommon.Timestamp) int64 { return t.AsTime().UnixMilli() }

func appendFloat(b []byte, value float64) []byte {
	switch {
	case math.IsInf(value, 1):
		return append(b, "+Inf"...)
	case value == 0:
		return append(b, '0') // and not -0
	case value > 0 && value < 1e6 && value == math.Trunc(value):
		return strconv.AppendUint(b, uint64(value), 10) // the same, sooner
	}
	return strconv.AppendFloat(b, value, 'g', -1, 64)
}

func appendOpenMetricsFloat(b []byte, value float64) []byte {
	from := len(b)
	b = appendFloat(b, value)
	if bytes.ContainsAny(b[from:], ".eIN") {
		return b
	}
	return append(b, ".0"...)
}

// A suffix of the name of a line, by which it differs from its family's.
type suffix int

const (
	suffixNone suffix = iota
	suffixBucket
	suffixSum
	suffixCount
)

var suffixes = [...]string{"", "_bucket", "_sum", "_count"}

// A textName is how a line begins.
type textName struct {
	// open is followed by labels and a brace, alone stands for itself.
	open, alone string
}

func newTextName(name string) textName {
	if model.LegacyValidation.IsValidMetricName(name) {
		return textName{open: name + "{", alone: name}
	}
	quoted := "{" + string(appendName(nil, name, false))
	return textName{open: quoted + ",", alone: quoted + "}"}
}

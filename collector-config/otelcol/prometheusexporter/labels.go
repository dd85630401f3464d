// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/encoding/protowire"
)

type label struct{ name, value string }

// nul ends a text for Prometheus' parser, in quoted names too.
const nul = "\x00"

// A labelSet is the labels of a series as they stand in the protobuf exposition: field 1 of a Metric, sorted by name.
type labelSet []byte

// newLabelSet refuses what would make Prometheus refuse the whole scrape.
func newLabelSet(labels []label, kind dto.MetricType) (labelSet, error) {
	slices.SortFunc(labels, func(a, b label) int { return cmp.Compare(a.name, b.name) })
	size := 0
	for i, l := range labels {
		switch {
		case !model.UTF8Validation.IsValidLabelName(l.name), strings.HasPrefix(l.name, model.ReservedLabelPrefix), strings.Contains(l.name, nul):
			return nil, fmt.Errorf("%q is not a valid label name", l.name)
		case i > 0 && labels[i-1].name == l.name:
			return nil, fmt.Errorf("two attributes become the label %q", l.name)
		case !utf8.ValidString(l.value):
			return nil, fmt.Errorf("the value of the label %q is not UTF-8", l.name)
		case kind == dto.MetricType_HISTOGRAM && l.name == model.BucketLabel, kind == dto.MetricType_SUMMARY && l.name == model.QuantileLabel:
			return nil, fmt.Errorf("the label %q is the format's own", l.name)
		}
		size += protowire.SizeBytes(pairSize(l.name, l.value)) + 1
	}
	set := make(labelSet, 0, size)
	for _, l := range labels {
		set = appendPair(set, 1, l.name, l.value)
	}
	return set, nil
}

func pairSize[T ~string | ~[]byte](name, value T) int {
	return 2 + protowire.SizeBytes(len(name)) + protowire.SizeBytes(len(value))
}

// appendPair appends a LabelPair as the field of that number.
func appendPair[T ~string | ~[]byte](b []byte, field protowire.Number, name, value T) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(pairSize(name, value)))
	b = append(b, 1<<3|byte(protowire.BytesType))
	b = protowire.AppendVarint(b, uint64(len(name)))
	b = append(b, name...)
	b = append(b, 2<<3|byte(protowire.BytesType))
	b = protowire.AppendVarint(b, uint64(len(value)))
	return append(b, value...)
}

var errMalformed = errors.New("malformed label set")

// all yields names and values in order.
func (set labelSet) all(yield func(name, value []byte) bool) {
	for rest := []byte(set); len(rest) > 0; {
		_, _, tag := protowire.ConsumeTag(rest)
		pair, n := protowire.ConsumeBytes(rest[tag:])
		if n < 0 {
			panic(errMalformed)
		}
		rest = rest[tag+n:]
		name, n := protowire.ConsumeBytes(pair[1:])
		value, _ := protowire.ConsumeBytes(pair[1+n+1:])
		if !yield(name, value) {
			return
		}
	}
}

// compare orders sets by how many labels they have, then by their values.
func (set labelSet) compare(other labelSet) int {
	ours, theirs := set.values(), other.values()
	if order := cmp.Compare(len(ours), len(theirs)); order != 0 {
		return order
	}
	return slices.CompareFunc(ours, theirs, bytes.Compare)
}

func (set labelSet) values() (values [][]byte) {
	for _, value := range set.all {
		values = append(values, value)
	}
	return values
}

// legacy tells whether all names are valid without quotes, so that no escaping changes them.
func (set labelSet) legacy() bool {
	for name := range set.all {
		if !model.LegacyValidation.IsValidLabelName(string(name)) {
			return false
		}
	}
	return true
}

func (set labelSet) escaped(scheme model.EscapingScheme) labelSet {
	var escaped labelSet
	for name, value := range set.all {
		// A colon is for names of metrics only; expfmt leaves it, and Prometheus refuses the scrape.
		plain := strings.ReplaceAll(escapeName(string(name), scheme), ":", "_")
		escaped = appendPair(escaped, 1, []byte(plain), value)
	}
	return escaped
}

func escapeName(name string, scheme model.EscapingScheme) string {
	if model.LegacyValidation.IsValidMetricName(name) {
		return name
	}
	return model.EscapeName(name, scheme)
}

// text is the set as it stands between the braces of the text formats.
func (set labelSet) text() []byte {
	var b []byte
	for name, value := range set.all {
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = appendName(b, string(name), model.LegacyValidation.IsValidLabelName(string(name)))
		b = append(b, '=', '"')
		b = appendEscaped(b, string(value), true)
		b = append(b, '"')
	}
	return b
}

// appendName appends a name, in quotes unless it is valid without.
func appendName(b []byte, name string, valid bool) []byte {
	if valid {
		return append(b, name...)
	}
	b = append(b, '"')
	b = appendEscaped(b, name, true)
	return append(b, '"')
}

func appendEscaped(b []byte, text string, quotes bool) []byte {
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\\':
			b = append(b, '\\', '\\')
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '"' && quotes:
			b = append(b, '\\', '"')
		default:
			b = append(b, c)
		}
	}
	return b
}

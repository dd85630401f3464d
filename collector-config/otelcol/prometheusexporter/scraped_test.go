// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusexporter"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	prometheus "github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"google.golang.org/protobuf/encoding/protodelim"
)

// A side is one of the two exporters, without a network.
type side struct {
	exporter.Metrics
	handler http.Handler
}

// The formats that can be negotiated, with names escaped and not.
var accepted = map[string]string{
	"text":        "text/plain;version=0.0.4",
	"OpenMetrics": "application/openmetrics-text;version=1.0.0",
	"protobuf":    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
}

var escapings = []string{"", ";escaping=allow-utf-8", ";escaping=underscores", ";escaping=dots", ";escaping=values"}

// own makes ours; keys are those of a configuration.
func own(t testing.TB, configure ...func(*Config)) (*side, *ownExporter) {
	t.Helper()
	config := newFactory().CreateDefaultConfig().(*Config)
	config.NetAddr.Endpoint = "127.0.0.1:0"
	for _, set := range configure {
		set(config)
	}
	exporter, err := newExporter(config, settings())
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := exporter.wrapped(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return &side{wrapped, exporter.handler()}, exporter
}

// upstreams makes upstream's, with the same configuration as ours.
func upstreams(t testing.TB, configure ...func(*Config)) *side {
	t.Helper()
	mine := newFactory().CreateDefaultConfig().(*Config)
	config := upstream.NewFactory().CreateDefaultConfig().(*upstream.Config)
	mine.NetAddr.Endpoint = "127.0.0.1:0"
	for _, set := range configure {
		set(mine)
	}
	// By name, because the type of the strategy is not exported there.
	from, to := reflect.ValueOf(mine).Elem(), reflect.ValueOf(config).Elem()
	for i := range to.NumField() {
		field := to.Type().Field(i).Name
		if value := from.FieldByName(field); value.IsValid() {
			to.Field(i).Set(value.Convert(to.Field(i).Type()))
		}
	}
	made, err := upstream.NewFactory().CreateMetrics(context.Background(), settings(), config)
	if err != nil {
		t.Fatal(err)
	}
	// Its handler is out of reach without a network, on which time could not be held.
	exporter := reflect.ValueOf(made).Elem().FieldByName("exporter").Elem().FieldByName("handler")
	handler := *(*http.Handler)(unsafe.Pointer(exporter.UnsafeAddr()))
	return &side{made, handler}
}

func settings() exporter.Settings {
	return exportertest.NewNopSettings(component.MustNewType("prometheus"))
}

func (s *side) push(t testing.TB, md pmetric.Metrics) {
	t.Helper()
	// Upstream changes what it is given.
	copied := pmetric.NewMetrics()
	md.CopyTo(copied)
	if err := s.ConsumeMetrics(context.Background(), copied); err != nil {
		t.Fatal(err)
	}
}

func (s *side) answer(header http.Header) *http.Response {
	request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	request.Header = header
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, request)
	return recorder.Result()
}

// body returns the content, decompressed, and its type.
func (s *side) body(t testing.TB, accept string, compressed bool) ([]byte, string) {
	t.Helper()
	header := http.Header{"Accept": {accept}}
	if compressed {
		header.Set("Accept-Encoding", "gzip")
	}
	response := s.answer(header)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s is answered with %s", accept, response.Status)
	}
	var from io.Reader = response.Body
	if compressed {
		if response.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("not compressed: %v", response.Header)
		}
		unzipped, err := gzip.NewReader(from)
		if err != nil {
			t.Fatal(err)
		}
		from = unzipped
	}
	body, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return body, response.Header.Get("Content-Type")
}

// held returns what Prometheus' own parser makes of an answer: samples, histograms, exemplars, times of creation, types and help, sorted.
func (s *side) held(t testing.TB, accept string, compressed bool) []string {
	t.Helper()
	body, contentType := s.body(t, accept, compressed)
	entries, err := parse(body, contentType)
	if err != nil {
		t.Fatalf("Prometheus cannot read %s: %v", contentType, err)
	}
	return entries
}

func parse(body []byte, contentType string) (entries []string, err error) {
	parser, err := textparse.New(body, contentType, labels.NewSymbolTable(), textparse.ParserOptions{KeepClassicOnClassicAndNativeHistograms: true})
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(contentType, expfmt.ProtoType) {
		if entries, err = nativeExemplars(body); err != nil {
			return nil, err
		}
	}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			slices.Sort(entries)
			return entries, nil
		}
		if err != nil {
			return entries, err
		}
		switch entry {
		case textparse.EntryType:
			name, kind := parser.Type()
			entries = append(entries, fmt.Sprintf("type of %s: %s", name, kind))
		case textparse.EntryHelp:
			name, help := parser.Help()
			entries = append(entries, fmt.Sprintf("help of %s: %q", name, help))
		case textparse.EntrySeries, textparse.EntryHistogram:
			var of labels.Labels
			parser.Labels(&of)
			if name, twice := of.HasDuplicateLabelNames(); twice {
				return entries, fmt.Errorf("label %s twice: %s", name, of)
			}
			var timestamp *int64
			var value string
			if entry == textparse.EntrySeries {
				var float float64
				_, timestamp, float = parser.Series()
				value = fmt.Sprint(float)
			} else {
				_, at, integers, floats := parser.Histogram()
				timestamp = at
				if floats != nil {
					return entries, fmt.Errorf("a histogram of floats: %s", of)
				}
				if err := integers.Validate(); err != nil {
					return entries, err
				}
				value = fmt.Sprint(integers, " schema ", integers.Schema, " threshold ", integers.ZeroThreshold)
			}
			line := fmt.Sprintf("%s %s", of, value)
			if timestamp != nil {
				line += fmt.Sprintf(" at %d", *timestamp)
			}
			// Upstream writes the year 1 for a native histogram the beginning of which is unknown.
			if created := parser.StartTimestamp(); created > 0 {
				line += fmt.Sprintf(" created %d", created)
			}
			var example prometheus.Exemplar
			for entry == textparse.EntrySeries && parser.Exemplar(&example) {
				line += fmt.Sprintf(" exemplar %s %v at %d", example.Labels, example.Value, example.Ts)
				example = prometheus.Exemplar{}
			}
			entries = append(entries, line)
		}
	}
}

// nativeExemplars reads those of native histograms, which the parser hands over for the first of a family only.
func nativeExemplars(body []byte) (entries []string, err error) {
	for from := bytes.NewReader(body); from.Len() > 0; {
		var family dto.MetricFamily
		if err := protodelim.UnmarshalFrom(from, &family); err != nil {
			return nil, err
		}
		for _, metric := range family.Metric {
			for _, e := range metric.GetHistogram().GetExemplars() {
				var of []string
				for _, l := range e.Label {
					of = append(of, l.GetName()+"="+l.GetValue())
				}
				slices.Sort(of)
				entries = append(entries, fmt.Sprint(family.GetName(), metric.Label, " exemplar ", of, e.GetValue(), e.Timestamp.AsTime()))
			}
		}
	}
	return entries, nil
}

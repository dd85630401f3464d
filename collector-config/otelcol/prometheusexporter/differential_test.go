// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/otlptranslator"
)

// The configurations under which both exporters are compared.
var configurations = func() map[string]func(*Config) {
	all := map[string]func(*Config){
		"as it is":            func(*Config) {},
		"without suffixes":    func(c *Config) { c.AddMetricSuffixes = false },
		"with timestamps":     func(c *Config) { c.SendTimestamps = true },
		"without scopes":      func(c *Config) { c.WithoutScopeInfo = true },
		"in a namespace":      func(c *Config) { c.Namespace = "my.space" },
		"with constants":      func(c *Config) { c.ConstLabels = map[string]string{"zone": "a", "area": `"x"`} },
		"resources as labels": func(c *Config) { c.ResourceToTelemetrySettings.Enabled = true },
		"other resource attributes as labels": func(c *Config) {
			c.ResourceToTelemetrySettings.Enabled, c.ResourceToTelemetrySettings.ExcludeServiceAttributes = true, true
		},
	}
	for _, strategy := range strategies {
		all[string(strategy)] = func(c *Config) { c.TranslationStrategy = strategy }
		all[string(strategy)+" in a namespace"] = func(c *Config) { c.TranslationStrategy, c.Namespace = strategy, "my.space" }
	}
	return all
}()

func openMetrics(c *Config) { c.EnableOpenMetrics = true }

// compare pushes a recording to both and compares what Prometheus holds after each push, in every format.
func compare(t *testing.T, recording []byte, configure func(*Config)) {
	t.Helper()
	mine, exporter := own(t, configure, openMetrics)
	escapings := escapings
	if exporter.config.strategy().ShouldEscape() {
		escapings = escapings[:1] // no name needs it
	}
	theirs := upstreams(t, configure, openMetrics)
	mine.push(t, alive())
	theirs.push(t, alive())
	from := &source{bytes: recording, clock: 10}
	for push := 0; len(from.bytes) > 0; push++ {
		md := from.push()
		mine.push(t, md)
		theirs.push(t, md)
		for format, accept := range accepted {
			for _, escaping := range escapings {
				compressed := push%2 == 0
				held, wanted := mine.held(t, accept+escaping, compressed), theirs.held(t, accept+escaping, compressed)
				if !slices.Equal(held, wanted) {
					t.Fatalf("push %d, %s%s, differs:\n%s", push, format, escaping, difference(held, wanted))
				}
			}
		}
	}
}

func difference(ours, theirs []string) string {
	var text strings.Builder
	for _, line := range ours {
		if !slices.Contains(theirs, line) {
			fmt.Fprintln(&text, "ours     ", line)
		}
	}
	for _, line := range theirs {
		if !slices.Contains(ours, line) {
			fmt.Fprintln(&text, "upstream's", line)
		}
	}
	fmt.Fprintln(&text, len(ours), "and", len(theirs))
	return text.String()
}

func TestPrometheusHoldsTheSameAsFromUpstream(t *testing.T) {
	for name, configure := range configurations {
		t.Run(name, func(t *testing.T) {
			for i, recording := range seeds(4, 1200) {
				t.Run(fmt.Sprint(i), func(t *testing.T) { compare(t, recording, configure) })
			}
		})
	}
}

func FuzzSameAsUpstream(f *testing.F) {
	for _, recording := range seeds(4, 600) {
		f.Add(recording, string(otlptranslator.NoTranslation))
		f.Add(recording, "with timestamps")
	}
	f.Fuzz(func(t *testing.T, recording []byte, configuration string) {
		configure := configurations[configuration]
		if configure == nil || len(recording) > 4000 {
			return
		}
		compare(t, recording, configure)
	})
}

// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package redactionprocessor

import (
	"context"
	"fmt"
	"testing"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/redactionprocessor"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
)

// A request of 1,000 points with three labels; first numbers the routes.
func request(first int) pmetric.Metrics {
	metrics := pmetric.NewMetrics()
	points := metrics.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetEmptyGauge().DataPoints()
	for i := range 1000 {
		attributes := points.AppendEmpty().Attributes()
		attributes.PutStr("http.request.method", "GET")
		attributes.PutStr("http.route", fmt.Sprintf("/api/route-%d", first+i))
		attributes.PutInt("http.response.status_code", 200)
	}
	return metrics
}

func BenchmarkPoint(b *testing.B) {
	factories := map[string]processor.Factory{"ours": newFactory(), "upstream": upstream.NewFactory()}
	for _, values := range []string{"known", "new"} {
		for _, name := range []string{"ours", "upstream"} {
			b.Run(values+"/"+name, func(b *testing.B) {
				part := started(b, factories[name], committed(b, "redaction/apps"))
				for i := 0; b.Loop(); i++ {
					b.StopTimer()
					first := 0
					if values == "new" {
						first = i * 1000
					}
					metrics := request(first)
					b.StartTimer()
					if err := part.in.ConsumeMetrics(context.Background(), metrics); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/point")
			})
		}
	}
}

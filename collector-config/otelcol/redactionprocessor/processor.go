// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package redactionprocessor

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"onyx-metrics/otelcol/verdicts"
)

// What was done, in the names of the attributes that say so.
const (
	redacted = "redaction.redacted"
	masked   = "redaction.masked"
	allowed  = "redaction.allowed"
	ignored  = "redaction.ignored"
)

type redaction struct {
	config            *Config
	allowedKeys       map[string]struct{}
	ignoredKeys       map[string]struct{}
	blockedKeyRegexps []*regexp.Regexp
	ignoredKeyRegexps []*regexp.Regexp
	allowedValues     []*regexp.Regexp
	blockedValues     []*regexp.Regexp
	verdicts          *verdicts.Verdicts[verdict]
}

func newRedaction(config *Config) (*redaction, error) {
	blockedKeys, err1 := compile(config.BlockedKeyPatterns)
	ignoredKeys, err2 := compile(config.IgnoredKeyPatterns)
	blockedValues, err3 := compile(config.BlockedValues)
	allowedValues, err4 := compile(config.AllowedValues)
	r := &redaction{
		config: config,
		// What such a processor before this one has said passes as well.
		allowedKeys: set(append(slices.Clone(config.AllowedKeys),
			redacted+".keys", redacted+".count", masked+".keys", masked+".count", ignored+".count")),
		ignoredKeys:       set(config.IgnoredKeys),
		blockedKeyRegexps: blockedKeys,
		ignoredKeyRegexps: ignoredKeys,
		allowedValues:     allowedValues,
		blockedValues:     blockedValues,
	}
	r.verdicts = verdicts.New(r.judge)
	return r, errors.Join(err1, err2, err3, err4)
}

func set(keys []string) map[string]struct{} {
	all := make(map[string]struct{}, len(keys))
	for _, key := range keys {
		all[key] = struct{}{}
	}
	return all
}

// verdict is what becomes of a value.
type verdict struct {
	// allowed says that an allowed pattern matched.
	allowed bool
	// masked is the text with what must not be seen replaced. It is the text itself if there is nothing of that kind.
	masked string
}

// judge looks at a text with every pattern, which takes microseconds each.
func (r *redaction) judge(text string) verdict {
	if matches(r.allowedValues, text) {
		return verdict{allowed: true, masked: text}
	}
	for _, pattern := range r.blockedValues {
		if pattern.MatchString(text) {
			text = mask(pattern, text)
		}
	}
	return verdict{masked: text}
}

func mask(pattern *regexp.Regexp, text string) string {
	return pattern.ReplaceAllLiteralString(text, "****")
}

var everything = regexp.MustCompile(".*")

func (r *redaction) process(_ context.Context, metrics pmetric.Metrics) (pmetric.Metrics, error) {
	for _, resource := range metrics.ResourceMetrics().All() {
		r.redact(resource.Resource().Attributes())
		for _, scope := range resource.ScopeMetrics().All() {
			r.redact(scope.Scope().Attributes())
			for _, metric := range scope.Metrics().All() {
				r.redactPoints(metric)
			}
		}
	}
	return metrics, nil
}

func (r *redaction) redactPoints(metric pmetric.Metric) {
	switch metric.Type() {
	case pmetric.MetricTypeGauge:
		for _, point := range metric.Gauge().DataPoints().All() {
			r.redact(point.Attributes())
		}
	case pmetric.MetricTypeSum:
		for _, point := range metric.Sum().DataPoints().All() {
			r.redact(point.Attributes())
		}
	case pmetric.MetricTypeHistogram:
		for _, point := range metric.Histogram().DataPoints().All() {
			r.redact(point.Attributes())
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, point := range metric.ExponentialHistogram().DataPoints().All() {
			r.redact(point.Attributes())
		}
	case pmetric.MetricTypeSummary:
		for _, point := range metric.Summary().DataPoints().All() {
			r.redact(point.Attributes())
		}
	case pmetric.MetricTypeEmpty:
	}
}

func (r *redaction) redact(attributes pcommon.Map) {
	var redactedKeys, maskedKeys, allowedKeys, ignoredKeys []string
	for key, value := range attributes.All() {
		if r.ignores(key) {
			ignoredKeys = append(ignoredKeys, key)
			continue
		}
		if _, found := r.allowedKeys[key]; !found && !r.config.AllowAllKeys {
			redactedKeys = append(redactedKeys, key)
			continue
		}
		text := value.Str()
		if r.config.RedactAllTypes {
			text = value.AsString()
		}
		judged := r.verdicts.Of(text)
		switch {
		case r.config.RedactAllTypes && value.Type() == pcommon.ValueTypeBytes:
			// Shown in base64, in which no pattern finds anything; no convention has such a label.
			maskedKeys = append(maskedKeys, key)
			value.SetStr("****")
		case judged.allowed:
			allowedKeys = append(allowedKeys, key)
		case matches(r.blockedKeyRegexps, key):
			maskedKeys = append(maskedKeys, key)
			value.SetStr(mask(everything, text))
		case judged.masked != text:
			maskedKeys = append(maskedKeys, key)
			value.SetStr(judged.masked)
		}
	}
	for _, key := range redactedKeys {
		attributes.Remove(key)
	}
	r.summarize(attributes, redacted, redactedKeys)
	r.summarize(attributes, masked, maskedKeys)
	r.summarize(attributes, allowed, allowedKeys)
	r.summarize(attributes, ignored, ignoredKeys)
}

func (r *redaction) ignores(key string) bool {
	_, found := r.ignoredKeys[key]
	return found || matches(r.ignoredKeyRegexps, key)
}

// summarize says what was done, in addition to what such a processor before this one has said. Ignored labels are counted, not named.
func (r *redaction) summarize(attributes pcommon.Map, done string, keys []string) {
	if len(keys) == 0 {
		return
	}
	count := int64(len(keys))
	if r.config.Summary == "debug" && done != ignored {
		if said, found := attributes.Get(done + ".keys"); found && said.Str() != "" {
			keys = append(keys, strings.Split(said.Str(), ",")...)
		}
		slices.Sort(keys)
		attributes.PutStr(done+".keys", strings.Join(keys, ","))
	}
	if r.config.Summary == "debug" || r.config.Summary == "info" {
		if said, found := attributes.Get(done + ".count"); found {
			count += said.Int()
		}
		attributes.PutInt(done+".count", count)
	}
}

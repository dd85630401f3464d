// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"context"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strconv"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"

	"onyx-metrics/otelcol/hidden"
	"onyx-metrics/otelcol/verdicts"
)

// Statements that only close labels, replace patterns in one, or remove some by a pattern are executed as a group. A group goes once
// through the labels of a point, where upstream looks for each of forty in turn. The result for a value or a name is kept for the next
// time. Upstream executes every statement that is written in another way, in its place.
var (
	closes     = regexp.MustCompile(`^set\(datapoint\.attributes\["([^"\\]+)"\], "([^"\\]*)"\) where datapoint\.attributes\["([^"\\]+)"\] != nil and not IsMatch\(datapoint\.attributes\["([^"\\]+)"\], ("(?:[^"\\]|\\.)*")\)$`)
	replaces   = regexp.MustCompile(`^replace_pattern\(datapoint\.attributes\["([^"\\]+)"\], ("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*")\)$`)
	removes    = regexp.MustCompile(`^delete_matching_keys\(datapoint\.attributes, ("(?:[^"\\]|\\.)*")\)$`)
	ofMetadata = regexp.MustCompile(`^metric\.metadata\["([^"\\]+)"\] (==|!=) nil$`)
	ofResource = regexp.MustCompile(`^resource\.attributes\["([^"\\]+)"\] == "([^"\\]*)"$`)
)

// A rule is what becomes of the values of a label.
type rule struct {
	// textOnly leaves values of other types alone.
	textOnly bool
	// shown is what a text becomes.
	shown *verdicts.Verdicts[string]
}

// A group changes the labels of points of some metrics.
type group struct {
	of     func(pmetric.ResourceMetrics, pmetric.Metric) bool
	change func(pcommon.Map)
}

// rules are for labels, by their names.
type rules map[string]rule

func everywhere(pmetric.ResourceMetrics, pmetric.Metric) bool { return true }

// read returns a group if all of it is understood.
func read(conditions, statements []string) (group, bool) {
	if label, replacing, understood := readReplacing(conditions, statements); understood {
		return group{everywhere, rules{label: replacing}.change}, true
	}
	of := everywhere
	if len(conditions) == 1 {
		of = condition(conditions[0])
	}
	if len(conditions) > 1 || of == nil {
		return group{}, false
	}
	if removing, understood := readRemoving(statements); understood {
		return group{of, removing}, true
	}
	closing := rules{}
	for _, statement := range statements {
		parts := closes.FindStringSubmatch(statement)
		if parts == nil || parts[1] != parts[3] || parts[1] != parts[4] {
			return group{}, false
		}
		if _, twice := closing[parts[1]]; twice {
			return group{}, false
		}
		known, instead := pattern(parts[5]), parts[2]
		if known == nil {
			return group{}, false
		}
		closing[parts[1]] = rule{shown: verdicts.New(func(text string) string {
			if known.MatchString(text) {
				return text
			}
			return instead
		})}
	}
	return group{of, closing.change}, len(statements) > 0
}

// readRemoving understands one pattern of names of labels.
func readRemoving(statements []string) (func(pcommon.Map), bool) {
	if len(statements) != 1 {
		return nil, false
	}
	parts := removes.FindStringSubmatch(statements[0])
	if parts == nil {
		return nil, false
	}
	names := pattern(parts[1])
	if names == nil {
		return nil, false
	}
	removed := verdicts.New(names.MatchString)
	return func(attributes pcommon.Map) {
		attributes.RemoveIf(func(name string, _ pcommon.Value) bool { return removed.Of(name) })
	}, true
}

// readReplacing understands patterns that are replaced in one label, one after the other, with no condition but that it is there.
func readReplacing(conditions, statements []string) (label string, replacing rule, understood bool) {
	type replacement struct {
		pattern *regexp.Regexp
		by      string
	}
	var all []replacement
	for _, statement := range statements {
		parts := replaces.FindStringSubmatch(statement)
		if parts == nil || label != "" && label != parts[1] {
			return "", rule{}, false
		}
		label = parts[1]
		by, err := strconv.Unquote(parts[3])
		found := pattern(parts[2])
		if err != nil || found == nil {
			return "", rule{}, false
		}
		all = append(all, replacement{found, by})
	}
	if len(all) == 0 || len(conditions) > 1 || len(conditions) == 1 && conditions[0] != `datapoint.attributes["`+label+`"] != nil` {
		return "", rule{}, false
	}
	return label, rule{textOnly: true, shown: verdicts.New(func(text string) string {
		for _, each := range all {
			text = each.pattern.ReplaceAllString(text, each.by)
		}
		return text
	})}, true
}

// pattern returns nil for one that upstream has to refuse.
func pattern(quoted string) *regexp.Regexp {
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return nil
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil
	}
	return compiled
}

func condition(text string) func(pmetric.ResourceMetrics, pmetric.Metric) bool {
	if parts := ofMetadata.FindStringSubmatch(text); parts != nil {
		key, isThere := parts[1], parts[2] == "!="
		return func(_ pmetric.ResourceMetrics, metric pmetric.Metric) bool {
			value, found := metric.Metadata().Get(key)
			return (found && value.Type() != pcommon.ValueTypeEmpty) == isThere
		}
	}
	if parts := ofResource.FindStringSubmatch(text); parts != nil {
		key, wanted := parts[1], parts[2]
		return func(resource pmetric.ResourceMetrics, _ pmetric.Metric) bool {
			value, found := resource.Resource().Attributes().Get(key)
			return found && value.Type() == pcommon.ValueTypeStr && value.Str() == wanted
		}
	}
	return nil
}

// create makes a chain of upstream's processors and, between them, of groups that close labels, and of what precedes those that add up.
func create(theirs processor.Factory) processor.CreateMetricsFunc {
	return func(ctx context.Context, settings processor.Settings, config component.Config, next consumer.Metrics) (processor.Metrics, error) {
		whole := config.(*upstream.Config)
		made := &chain{Metrics: next}
		end := len(whole.MetricStatements)
		rest := func(from int) error {
			if from == end {
				return nil
			}
			part := *whole
			part.MetricStatements = whole.MetricStatements[from:end]
			one, err := theirs.CreateMetrics(ctx, settings, &part, made.Metrics)
			if err != nil {
				return err
			}
			made.Metrics, made.parts = one, append(made.parts, one)
			return nil
		}
		for at := end - 1; at >= 0; at-- {
			statements := whole.MetricStatements[at]
			if slices.ContainsFunc(statements.Statements, addsUp.MatchString) {
				if err := rest(at); err != nil {
					return nil, err
				}
				points, err := hidden.Of(settings.TelemetrySettings, "processor", settings.ID, hidden.Overwritten)
				if err != nil {
					return nil, err
				}
				known := newTotals()
				if err := made.begin(func(metrics pmetric.Metrics) {
					together(metrics)
					points.Add(ctx, hidden.Overwritten, known.complete(metrics))
				}); err != nil {
					return nil, err
				}
				end = at
				continue
			}
			group, understood := read(statements.Conditions, statements.Statements)
			if !understood || statements.Context != "" {
				continue
			}
			if err := rest(at + 1); err != nil {
				return nil, err
			}
			if err := made.begin(group.closeAll); err != nil {
				return nil, err
			}
			end = at
		}
		return made, rest(0)
	}
}

// A chain is processors one after the other.
type chain struct {
	// Metrics is the first.
	consumer.Metrics
	parts []component.Component
}

// begin puts something of ours before what there is.
func (c *chain) begin(ours func(pmetric.Metrics)) (err error) {
	next := c.Metrics
	c.Metrics, err = consumer.NewMetrics(func(ctx context.Context, metrics pmetric.Metrics) error {
		ours(metrics)
		return next.ConsumeMetrics(ctx, metrics)
	}, consumer.WithCapabilities(consumer.Capabilities{MutatesData: true}))
	return err
}

func (c *chain) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

func (c *chain) Start(ctx context.Context, host component.Host) error {
	for _, part := range c.parts {
		if err := part.Start(ctx, host); err != nil {
			return err
		}
	}
	return nil
}

func (c *chain) Shutdown(ctx context.Context) error {
	var errs []error
	for _, part := range c.parts {
		errs = append(errs, part.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

func (g group) closeAll(metrics pmetric.Metrics) {
	for _, resource := range metrics.ResourceMetrics().All() {
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				if g.of(resource, metric) {
					g.close(metric)
				}
			}
		}
	}
}

func (g group) close(metric pmetric.Metric) {
	switch metric.Type() {
	case pmetric.MetricTypeGauge:
		for _, point := range metric.Gauge().DataPoints().All() {
			g.change(point.Attributes())
		}
	case pmetric.MetricTypeSum:
		for _, point := range metric.Sum().DataPoints().All() {
			g.change(point.Attributes())
		}
	case pmetric.MetricTypeHistogram:
		for _, point := range metric.Histogram().DataPoints().All() {
			g.change(point.Attributes())
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, point := range metric.ExponentialHistogram().DataPoints().All() {
			g.change(point.Attributes())
		}
	case pmetric.MetricTypeSummary:
		for _, point := range metric.Summary().DataPoints().All() {
			g.change(point.Attributes())
		}
	}
}

func (r rules) change(attributes pcommon.Map) {
	for key, value := range attributes.All() {
		rule, found := r[key]
		if !found || value.Type() == pcommon.ValueTypeEmpty || rule.textOnly && value.Type() != pcommon.ValueTypeStr {
			continue
		}
		is := text(value)
		if shown := rule.shown.Of(is); shown != is {
			value.SetStr(shown)
		}
	}
}

// text is what `IsMatch` looks at.
func text(value pcommon.Value) string {
	if value.Type() == pcommon.ValueTypeBytes {
		return hex.EncodeToString(value.Bytes().AsRaw())
	}
	return value.AsString()
}

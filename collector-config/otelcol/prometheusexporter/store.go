// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"encoding/binary"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	conventions "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.uber.org/zap"
)

// A store holds the last value of every series and what is exposed of it.
//
// A sender's series is known by target, scope, name, type and attributes, as upstream knows it; labels are made of them once. What
// Prometheus could not tell apart, or would refuse, is held and not exposed.
type store struct {
	logger           *zap.Logger
	metricNamer      otlptranslator.MetricNamer
	labelNamer       otlptranslator.LabelNamer
	infoName         string
	constLabels      []label
	withoutScopeInfo bool
	sendTimestamps   bool
	expiration       time.Duration
	maxLines         int

	mu       sync.Mutex
	streams  map[streamKey]*stream
	targets  map[targetKey]*target
	scopes   map[string]*scope
	families map[string]*family
	// shown are the families in the order of their names; nil when that has to be sorted again.
	shown []*family
	lines int
	born  uint64
	// version changes with what is exposed.
	version atomic.Uint64
	// nextExpiry is the Unix time in nanoseconds before which nothing expires.
	nextExpiry atomic.Int64

	// Reused from point to point.
	key    []byte
	keys   []string
	values []pcommon.Value
}

// A target is where metrics come from: what becomes the labels `job` and `instance`.
type target struct {
	targetKey
	streams int
	// described tells whether the attributes are those that `target_info` was last made of.
	described  bool
	attributes pcommon.Map
	info       *series
}

type targetKey struct {
	job, instance       string
	hasJob, hasInstance bool
}

// A scope is an instrumentation library.
type scope struct {
	key     string
	streams int
	labels  []label
	err     error
}

type streamKey struct {
	target targetKey
	scope  string
	name   string
	kind   pmetric.MetricType
}

// A stream is a metric of one scope of one target.
type stream struct {
	streamKey
	target    *target
	scope     *scope
	placement *placement
	series    map[string]*series
	// The attributes of the point before, which those of the next are likely to have too.
	shape shape
	// The bounds met last.
	bounds *bounds
}

// A placement is where the series of a stream are exposed.
type placement struct {
	unit, description string
	monotonic         bool
	kind              dto.MetricType
	name, help        string
	err               error
}

// A shape is the names of a point's attributes, as they come and in order.
type shape struct {
	keys   []string
	order  []int
	prefix []byte
}

// A series is one of a stream.
type series struct {
	stream    *stream
	key       string
	placement *placement
	// family, and chunk if it is exposed there.
	family *family
	chunk  *chunk
	labels labelSet
	legacy bool
	// textLabels are made when text is first asked for.
	textLabels []byte
	isInfo     bool
	err        error

	updated   int64
	times     times
	point     point
	exemplars []exemplar
	lines     int
}

func newStore(config *Config, logger *zap.Logger) *store {
	labelNamer, strategy := config.labelNamer(), config.strategy()
	s := &store{
		logger:           logger,
		labelNamer:       labelNamer,
		metricNamer:      otlptranslator.NewMetricNamer(config.Namespace, strategy),
		infoName:         "target_info",
		withoutScopeInfo: config.WithoutScopeInfo,
		sendTimestamps:   config.SendTimestamps,
		expiration:       config.MetricExpiration,
		maxLines:         config.MaxSeries,
		streams:          map[streamKey]*stream{},
		targets:          map[targetKey]*target{},
		scopes:           map[string]*scope{},
		families:         map[string]*family{},
	}
	for name, value := range config.ConstLabels {
		s.constLabels = append(s.constLabels, label{name, value})
	}
	if config.Namespace != "" {
		if namespace, err := labelNamer.Build(config.Namespace); err == nil {
			s.infoName = namespace + "_" + s.infoName
		}
	}
	s.nextExpiry.Store(never)
	return s
}

const never = int64(^uint64(0) >> 1)

// A tally counts the points of a push that did not become visible.
type tally struct{ overLimit, conflicting, invalid int64 }

// take adds what was pushed.
func (s *store) take(md pmetric.Metrics) (hidden tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := push{store: s, now: time.Now().UnixNano()}
	for _, rm := range md.ResourceMetrics().All() {
		p.resource(rm)
	}
	if p.changed {
		s.version.Add(1)
	}
	return p.tally
}

// A push is one call of a sender.
type push struct {
	*store
	tally
	now     int64
	changed bool
	// Of the metrics that are taken in now.
	target *target
	scope  *scope
	stream *stream
}

func (p *push) resource(rm pmetric.ResourceMetrics) {
	attributes := rm.Resource().Attributes()
	key := targetOf(attributes)
	p.target = p.targets[key]
	if p.target == nil {
		p.target = &target{targetKey: key}
		p.targets[key] = p.target
	}
	for _, sm := range rm.ScopeMetrics().All() {
		p.scope = p.scopeOf(sm)
		for _, metric := range sm.Metrics().All() {
			p.metric(metric)
		}
		if p.scope.streams == 0 {
			delete(p.scopes, p.scope.key)
		}
	}
	switch {
	case p.target.streams == 0:
		delete(p.targets, key)
	case key.job != "" && key.instance != "":
		p.info(attributes)
	}
}

func targetOf(attributes pcommon.Map) (key targetKey) {
	if instance, found := attributes.Get(string(conventions.ServiceInstanceIDKey)); found {
		key.instance, key.hasInstance = instance.AsString(), true
	}
	if name, found := attributes.Get(string(conventions.ServiceNameKey)); found {
		key.job, key.hasJob = name.AsString(), true
		if namespace, found := attributes.Get(string(conventions.ServiceNamespaceKey)); found {
			key.job = namespace.AsString() + "/" + key.job
		}
	}
	return key
}

func (p *push) scopeOf(sm pmetric.ScopeMetrics) *scope {
	of := sm.Scope()
	key := appendText(p.key[:0], of.Name())
	key = appendText(key, of.Version())
	key = appendText(key, sm.SchemaUrl())
	attributes := of.Attributes()
	names := make([]string, 0, attributes.Len())
	for name := range attributes.All() {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		value, _ := attributes.Get(name)
		key = appendText(key, name)
		key = appendText(key, value.AsString())
	}
	p.key = key
	if known := p.scopes[string(key)]; known != nil {
		return known
	}
	made := &scope{key: string(key)}
	if !p.withoutScopeInfo {
		made.labels = []label{
			{"otel_scope_name", of.Name()}, {"otel_scope_version", of.Version()}, {"otel_scope_schema_url", sm.SchemaUrl()},
		}
		for name, value := range attributes.All() {
			if name == "name" || name == "version" || name == "schema_url" {
				continue
			}
			translated, err := p.labelNamer.Build("otel_scope_" + name)
			if err != nil {
				made.err = err
				break
			}
			made.labels = append(made.labels, label{translated, value.AsString()})
		}
	}
	p.scopes[made.key] = made
	return made
}

func (p *push) metric(metric pmetric.Metric) {
	key := streamKey{target: p.target.targetKey, scope: p.scope.key, name: metric.Name(), kind: metric.Type()}
	monotonic := key.kind == pmetric.MetricTypeSum && metric.Sum().IsMonotonic()
	if key.kind == pmetric.MetricTypeEmpty || key.kind == pmetric.MetricTypeSum && !exposable(metric.Sum()) {
		return
	}
	st := p.streams[key]
	if st == nil {
		st = &stream{streamKey: key, target: p.target, scope: p.scope, series: map[string]*series{}}
		p.streams[key] = st
		// Both may have been forgotten since, with the last of their series.
		p.targets[key.target], p.scopes[key.scope] = p.target, p.scope
		p.target.streams++
		p.scope.streams++
	}
	if at := st.placement; at == nil || at.unit != metric.Unit() || at.monotonic != monotonic || at.description != metric.Description() {
		st.placement = p.place(st, metric, monotonic)
	}
	p.stream = st
	switch key.kind {
	case pmetric.MetricTypeGauge:
		p.numbers(metric.Gauge().DataPoints(), false)
	case pmetric.MetricTypeSum:
		p.numbers(metric.Sum().DataPoints(), metric.Sum().AggregationTemporality() == pmetric.AggregationTemporalityDelta)
	case pmetric.MetricTypeHistogram:
		temporality := metric.Histogram().AggregationTemporality()
		for _, dp := range metric.Histogram().DataPoints().All() {
			if found, first := p.find(dp.Attributes(), dp.Flags()); found != nil {
				if first {
					found.point = &classic{}
				}
				point := found.point.(*classic)
				p.took(found, point.take(dp, st.bounds, &found.times, temporality, first), first, dp.Exemplars())
				st.bounds = point.bounds
			}
		}
	case pmetric.MetricTypeExponentialHistogram:
		temporality := metric.ExponentialHistogram().AggregationTemporality()
		for _, dp := range metric.ExponentialHistogram().DataPoints().All() {
			if found, first := p.find(dp.Attributes(), dp.Flags()); found != nil {
				if first {
					found.point = &exponential{}
				}
				point := found.point.(*exponential)
				p.took(found, point.take(dp, &found.times, temporality, first), first, dp.Exemplars())
			}
		}
	case pmetric.MetricTypeSummary:
		for _, dp := range metric.Summary().DataPoints().All() {
			if found, first := p.find(dp.Attributes(), dp.Flags()); found != nil {
				if first {
					found.point = &summary{}
				}
				p.took(found, found.point.(*summary).take(dp, &found.times, first), first, pmetric.NewExemplarSlice())
			}
		}
	}
	if len(st.series) == 0 {
		p.forgetStream(st)
	}
}

// A sum that is neither cumulative nor monotonic cannot be exposed, nor one of which that is not known.
func exposable(sum pmetric.Sum) bool {
	switch sum.AggregationTemporality() {
	case pmetric.AggregationTemporalityCumulative:
		return true
	case pmetric.AggregationTemporalityDelta:
		return sum.IsMonotonic()
	default:
		return false
	}
}

func (p *push) numbers(dps pmetric.NumberDataPointSlice, delta bool) {
	for _, dp := range dps.All() {
		found, first := p.find(dp.Attributes(), dp.Flags())
		if found == nil {
			continue
		}
		if first {
			found.point = &number{}
		}
		p.took(found, found.point.(*number).take(dp, &found.times, delta, first), first, dp.Exemplars())
	}
}

func (s *store) place(st *stream, metric pmetric.Metric, monotonic bool) *placement {
	named := otlptranslator.Metric{Name: metric.Name(), Unit: metric.Unit()}
	at := &placement{unit: metric.Unit(), description: metric.Description(), monotonic: monotonic}
	// Prometheus refuses a whole scrape for a help text that is not UTF-8.
	at.help = strings.ToValidUTF8(at.description, "\uFFFD")
	switch st.kind {
	case pmetric.MetricTypeGauge:
		at.kind, named.Type = dto.MetricType_GAUGE, otlptranslator.MetricTypeGauge
	case pmetric.MetricTypeSum:
		at.kind, named.Type = dto.MetricType_GAUGE, otlptranslator.MetricTypeNonMonotonicCounter
		if monotonic {
			at.kind, named.Type = dto.MetricType_COUNTER, otlptranslator.MetricTypeMonotonicCounter
		}
	case pmetric.MetricTypeHistogram:
		at.kind, named.Type = dto.MetricType_HISTOGRAM, otlptranslator.MetricTypeHistogram
	case pmetric.MetricTypeExponentialHistogram:
		at.kind, named.Type = dto.MetricType_HISTOGRAM, otlptranslator.MetricTypeExponentialHistogram
	case pmetric.MetricTypeSummary:
		at.kind, named.Type = dto.MetricType_SUMMARY, otlptranslator.MetricTypeSummary
	}
	at.name, at.err = s.metricNamer.Build(named)
	if at.err == nil && (!model.UTF8Validation.IsValidMetricName(at.name) || strings.Contains(at.name, nul)) {
		at.err = errMetricName
	}
	if at.err != nil {
		s.logger.Error("failed to convert metric "+metric.Name(), zap.Error(at.err))
	}
	if was := st.placement; was != nil && was.name == at.name && was.kind == at.kind {
		// The series stay where they are.
		*was = *at
		return was
	}
	return at
}

// find returns the series of a point, which is new if it is its first, and nil if there is nothing to take in.
func (p *push) find(attributes pcommon.Map, flags pmetric.DataPointFlags) (found *series, first bool) {
	key := p.keyOf(attributes)
	found = p.stream.series[string(key)]
	switch {
	case flags.NoRecordedValue():
		if found != nil {
			p.remove(found)
			p.changed = true
		}
		return nil, false
	case found != nil:
		return found, false
	case p.lines >= p.maxLines:
		p.overLimit++
		return nil, false
	}
	found = &series{stream: p.stream, key: string(key)}
	p.stream.series[found.key] = found
	return found, true
}

// took exposes what a point has changed.
func (p *push) took(s *series, what verdict, first bool, exemplars pmetric.ExemplarSlice) {
	if what == ignored {
		return
	}
	s.updated = p.now
	if s.lines == 0 {
		// Only the first of an idle store can be due before what is known.
		p.nextExpiry.Store(min(p.nextExpiry.Load(), p.now+int64(p.expiration)))
	}
	if lines := s.point.lines(); lines != s.lines {
		p.lines += lines - s.lines
		if s.chunk != nil {
			s.chunk.lines += lines - s.lines
		}
		s.lines = lines
		what = max(what, changed)
	}
	if what != added && (len(s.exemplars) > 0 || exemplars.Len() > 0) {
		s.exemplars = readExemplars(exemplars)
		what = changed
	} else if what == added {
		s.exemplars = nil
	}
	if s.placement != p.stream.placement {
		if !first {
			p.hide(s)
		}
		s.placement = p.stream.placement
		s.family, s.labels, s.textLabels, s.err = nil, nil, nil, nil
		p.expose(s)
		what = changed
	}
	switch {
	case s.err != nil:
		p.invalid++
	case s.chunk == nil:
		p.conflicting++
	case what != unchanged || p.sendTimestamps:
		s.chunk.version++
		p.changed = true
	}
}

// keyOf returns the attributes of a point in order, valid until it is asked again.
func (p *push) keyOf(attributes pcommon.Map) []byte {
	p.keys, p.values = p.keys[:0], p.values[:0]
	for name, value := range attributes.All() {
		p.keys = append(p.keys, name)
		p.values = append(p.values, value)
	}
	known := &p.stream.shape
	if !slices.Equal(known.keys, p.keys) || known.order == nil {
		*known = shapeOf(p.keys)
	}
	key := append(p.key[:0], known.prefix...)
	for _, at := range known.order {
		value := p.values[at]
		switch value.Type() {
		case pcommon.ValueTypeStr:
			key = appendText(key, value.Str())
		case pcommon.ValueTypeInt:
			var digits [20]byte
			key = appendText(key, strconv.AppendInt(digits[:0], value.Int(), 10))
		default:
			key = appendText(key, value.AsString())
		}
	}
	p.key = key
	return key
}

func shapeOf(keys []string) shape {
	made := shape{keys: slices.Clone(keys), order: make([]int, len(keys))}
	for i := range made.order {
		made.order[i] = i
	}
	slices.SortStableFunc(made.order, func(a, b int) int { return strings.Compare(keys[a], keys[b]) })
	for _, at := range made.order {
		made.prefix = appendText(made.prefix, keys[at])
	}
	return made
}

func appendText[T string | []byte](b []byte, text T) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}

// labelsOf makes the labels of a series of the point that is taken in now.
func (p *push) labelsOf(s *series) ([]label, error) {
	labels := slices.Concat(p.constLabels, p.scope.labels)
	if p.scope.err != nil {
		return nil, p.scope.err
	}
	for i, key := range p.keys {
		name, err := p.labelNamer.Build(key)
		if err != nil {
			return nil, err
		}
		labels = append(labels, label{name, p.values[i].AsString()})
	}
	if p.target.hasJob {
		labels = append(labels, label{model.JobLabel, p.target.job})
	}
	if p.target.hasInstance {
		labels = append(labels, label{model.InstanceLabel, p.target.instance})
	}
	return labels, nil
}

// expose puts a series where Prometheus shall see it, if it can be there.
func (p *push) expose(s *series) {
	labels, err := p.labelsOf(s)
	if err == nil {
		err = s.placement.err
	}
	if err == nil {
		s.labels, err = newLabelSet(labels, s.placement.kind)
	}
	if s.err = err; err != nil {
		p.logger.Error("failed to convert metric "+s.stream.name, zap.Error(err))
		return
	}
	s.legacy = s.labels.legacy()
	p.join(s, s.placement)
}

// info keeps `target_info` of the target up to date.
func (p *push) info(attributes pcommon.Map) {
	t := p.target
	if t.described && t.attributes.Equal(attributes) {
		return
	}
	p.forgetInfo(t)
	t.described, t.attributes = true, pcommon.NewMap()
	attributes.CopyTo(t.attributes)
	merged := map[string]string{}
	for key, value := range attributes.All() {
		switch key {
		case string(conventions.ServiceNameKey), string(conventions.ServiceNamespaceKey), string(conventions.ServiceInstanceIDKey):
			continue
		}
		name, err := p.labelNamer.Build(key)
		if err != nil {
			p.logger.Error("failed to convert metric "+p.infoName, zap.Error(err))
			return
		}
		if existing, found := merged[name]; found {
			merged[name] = existing + ";" + value.AsString()
		} else {
			merged[name] = value.AsString()
		}
	}
	merged[model.JobLabel], merged[model.InstanceLabel] = t.job, t.instance
	labels := make([]label, 0, len(merged))
	for name, value := range merged {
		labels = append(labels, label{name, value})
	}
	at := &placement{name: p.infoName, help: "Target metadata", kind: dto.MetricType_GAUGE}
	info := &series{placement: at, isInfo: true, point: &number{integer: 1, isInteger: true}, lines: 1}
	if info.labels, info.err = newLabelSet(labels, at.kind); info.err != nil {
		p.logger.Error("failed to convert metric "+p.infoName, zap.Error(info.err))
		return
	}
	info.legacy = info.labels.legacy()
	t.info = info
	p.lines++
	p.join(info, at)
	p.changed = true
}

// remove forgets a series.
func (s *store) remove(gone *series) {
	s.hide(gone)
	delete(gone.stream.series, gone.key)
	s.lines -= gone.lines
	if len(gone.stream.series) == 0 {
		s.forgetStream(gone.stream)
	}
}

func (s *store) forgetStream(st *stream) {
	if s.streams[st.streamKey] != st {
		return // forgotten already
	}
	delete(s.streams, st.streamKey)
	if st.scope.streams--; st.scope.streams == 0 {
		delete(s.scopes, st.scope.key)
	}
	if st.target.streams--; st.target.streams > 0 {
		return
	}
	delete(s.targets, st.target.targetKey)
	s.forgetInfo(st.target)
}

func (s *store) forgetInfo(t *target) {
	if t.info != nil {
		s.hide(t.info)
		s.lines -= t.info.lines
	}
	t.info, t.described = nil, false
}

// expire forgets what is due.
func (s *store) expire(now int64) {
	if now <= s.nextExpiry.Load() {
		return
	}
	next, due := never, now-int64(s.expiration)
	forgotten := false
	for _, st := range s.streams {
		for _, held := range st.series {
			if held.updated < due {
				s.remove(held)
				forgotten = true
			} else {
				next = min(next, held.updated+int64(s.expiration))
			}
		}
	}
	for _, f := range s.families {
		if len(f.members) > 0 {
			continue
		}
		if f.deserted == 0 {
			f.deserted = now
		}
		if f.deserted < due {
			s.disband(f)
			forgotten = true
		} else {
			next = min(next, f.deserted+int64(s.expiration))
		}
	}
	s.nextExpiry.Store(next)
	if forgotten {
		s.version.Add(1)
	}
}

// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"errors"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"go.uber.org/zap"
)

var errMetricName = errors.New("its name is not valid in Prometheus")

// A family is all series of one name. The first of them decides on type and help. A series of another type waits until the family has
// been without members for as long as a series lives; one with the labels of a member waits until that member is gone.
type family struct {
	name string
	kind dto.MetricType
	help string
	born uint64
	// members by their labels.
	members map[string]*series
	rivals  map[string][]*series
	chunks  []*chunk
	// deserted is when the last member went, 0 while there are some.
	deserted int64
	header   [renditions]unit
	// names of the lines, by escaping scheme.
	names map[model.EscapingScheme][]textName
}

// chunkLines is how many lines are rendered and compressed together, at least.
const chunkLines = 256

// A chunk is some series of a family that are rendered together: those that came one after the other, because they are likely to
// change together.
type chunk struct {
	series     []*series
	lines      int
	version    uint64
	renditions [renditions]rendition
}

func (f *family) textName(scheme model.EscapingScheme, suffix suffix) textName {
	names := f.names[scheme]
	if names == nil {
		for _, ending := range suffixes {
			names = append(names, newTextName(escapeName(f.name, scheme)+ending))
		}
		if f.names == nil {
			f.names = map[model.EscapingScheme][]textName{}
		}
		f.names[scheme] = names
	}
	return names[suffix]
}

// join makes a series a member of its family, or a rival.
func (s *store) join(joining *series, at *placement) {
	f := s.families[at.name]
	if f == nil {
		s.born++
		f = &family{name: at.name, kind: at.kind, help: at.help, born: s.born, members: map[string]*series{}, rivals: map[string][]*series{}}
		s.families[at.name] = f
		s.shown = nil
	}
	joining.family = f
	labels := string(joining.labels)
	// Nothing but targets may be in their family: what it says of one of them must not depend on who came first.
	if f.kind != at.kind || f.members[labels] != nil || (at.name == s.infoName && f.help != at.help) {
		s.logger.Error("instrument type conflict or duplicate series, exposing the first",
			zap.String("instrument", at.name), zap.Stringer("existing", f.kind), zap.Stringer("dropped", at.kind))
		f.rivals[labels] = append(f.rivals[labels], joining)
		return
	}
	f.members[labels] = joining
	if f.deserted = 0; len(f.members) == 1 {
		s.shown = nil
	}
	into := f.room()
	joining.chunk = into
	// As upstream orders a family, within the chunk.
	place, _ := slices.BinarySearchFunc(into.series, joining, func(a, b *series) int { return a.labels.compare(b.labels) })
	into.series = slices.Insert(into.series, place, joining)
	into.lines += joining.lines
	into.version++
}

// room returns a chunk that is not full.
func (f *family) room() *chunk {
	if n := len(f.chunks); n > 0 && f.chunks[n-1].lines < chunkLines {
		return f.chunks[n-1]
	}
	for i, candidate := range f.chunks {
		if candidate.lines < chunkLines/2 {
			// Last, so that it is the first to be filled.
			f.chunks = append(slices.Delete(f.chunks, i, i+1), candidate)
			return candidate
		}
	}
	made := &chunk{version: 1}
	f.chunks = append(f.chunks, made)
	return made
}

// hide takes a series out of its family; one that waits for its labels takes its place.
func (s *store) hide(leaving *series) {
	f, labels := leaving.family, string(leaving.labels)
	if f == nil {
		return
	}
	leaving.family = nil
	if leaving.chunk == nil {
		f.forgetRival(leaving, labels)
		return
	}
	from := leaving.chunk
	leaving.chunk = nil
	from.series = slices.DeleteFunc(from.series, func(held *series) bool { return held == leaving })
	from.lines -= leaving.lines
	from.version++
	if len(from.series) == 0 {
		f.chunks = slices.DeleteFunc(f.chunks, func(held *chunk) bool { return held == from })
	}
	delete(f.members, labels)
	for _, rival := range f.rivals[labels] {
		if rival.placement.kind == f.kind {
			f.forgetRival(rival, labels)
			s.join(rival, rival.placement)
			break
		}
	}
	if len(f.members) == 0 {
		s.shown = nil
		// When it was deserted is told at the next look for what has expired.
		s.nextExpiry.Store(0)
	}
}

func (f *family) forgetRival(gone *series, labels string) {
	left := slices.DeleteFunc(f.rivals[labels], func(held *series) bool { return held == gone })
	if len(left) == 0 {
		delete(f.rivals, labels)
	} else {
		f.rivals[labels] = left
	}
}

// disband forgets a family without members; its rivals make another of the same name.
func (s *store) disband(f *family) {
	delete(s.families, f.name)
	s.shown = nil
	for _, rivals := range f.rivals {
		for _, rival := range rivals {
			s.join(rival, rival.placement)
		}
	}
}

// inOrder returns the families that are exposed: not those that Prometheus would take for a part of an older one.
func (s *store) inOrder() []*family {
	if s.shown != nil {
		return s.shown
	}
	shown := make([]*family, 0, len(s.families))
	for _, f := range s.families {
		if len(f.members) > 0 {
			shown = append(shown, f)
		}
	}
	slices.SortFunc(shown, func(a, b *family) int { return int(a.born) - int(b.born) })
	taken := map[string]bool{}
	reserved := map[string]bool{}
	shown = slices.DeleteFunc(shown, func(f *family) bool {
		lines := f.lineNames()
		if reserved[f.name] || slices.ContainsFunc(lines, func(name string) bool { return taken[name] }) {
			s.logger.Error("the name of a metric is that of a part of another, exposing the first", zap.String("instrument", f.name))
			return true
		}
		taken[f.name] = true
		for _, name := range lines {
			reserved[name] = true
		}
		return false
	})
	slices.SortFunc(shown, func(a, b *family) int { return strings.Compare(a.name, b.name) })
	s.shown = shown
	return shown
}

// lineNames are the names of the lines of a family, where they are not its own.
func (f *family) lineNames() (names []string) {
	switch f.kind {
	case dto.MetricType_HISTOGRAM:
		names = append(names, f.name+"_bucket")
		fallthrough
	case dto.MetricType_SUMMARY:
		names = append(names, f.name+"_sum", f.name+"_count")
	}
	return names
}

// text returns the labels as text, escaped.
func (s *series) text(scheme model.EscapingScheme) []byte {
	if scheme != model.NoEscaping && !s.legacy {
		return s.labels.escaped(scheme).text()
	}
	if s.textLabels == nil {
		s.textLabels = s.labels.text()
	}
	return s.textLabels
}

// encoded returns the labels as protobuf, escaped.
func (s *series) encoded(scheme model.EscapingScheme) labelSet {
	if scheme != model.NoEscaping && !s.legacy {
		return s.labels.escaped(scheme)
	}
	return s.labels
}

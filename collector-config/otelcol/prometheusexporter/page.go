// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"bytes"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// A wireFormat writes an exposition piece by piece.
type wireFormat interface {
	// appendHeader appends what stands before the series of a family, which are so many bytes.
	appendHeader(b []byte, family *family, size int) []byte
	appendSeries(b []byte, s *series, sendTimestamps bool) []byte
	// appendEnd appends what stands after the last family.
	appendEnd(b []byte) []byte
}

// schemes are the ways to write names that are not valid in Prometheus 2.
var schemes = [...]model.EscapingScheme{
	model.NoEscaping, model.UnderscoreEscaping, model.DotsEscaping, model.ValueEncodingEscaping,
}

// wireTypes are the formats that are rendered ahead. What else can be negotiated is made of protobuf when it is asked for.
var wireTypes = [...]expfmt.FormatType{expfmt.TypeTextPlain, expfmt.TypeOpenMetrics, expfmt.TypeProtoDelim}

// renditions is how many ways there are to write a series.
const renditions = len(schemes) * len(wireTypes)

func wireFormatOf(rendition int) wireFormat {
	scheme := schemes[rendition%len(schemes)]
	switch wireTypes[rendition/len(schemes)] {
	case expfmt.TypeOpenMetrics:
		return textFormat{openMetrics: true, scheme: scheme}
	case expfmt.TypeProtoDelim:
		return protobufFormat{scheme: scheme}
	default:
		return textFormat{scheme: scheme}
	}
}

// A unit is a piece of an exposition that is compressed by itself.
type unit struct {
	plain      []byte
	compressed []byte
	sum        uint32
	// pressed tells whether compressed and sum are those of plain.
	pressed bool
}

func (u *unit) set(plain []byte) {
	if !bytes.Equal(u.plain, plain) {
		u.plain, u.pressed = append(u.plain[:0], plain...), false
	}
}

func (u *unit) press() {
	if !u.pressed {
		u.compressed, u.sum = compress(u.compressed[:0], u.plain)
		u.pressed = true
	}
}

// A rendition is what a chunk looks like in one format.
type rendition struct {
	unit
	version uint64
}

// A page is an answer, ready to be written.
type page struct {
	body  atomic.Pointer[body]
	asked atomic.Int64
}

type body struct {
	bytes   []byte
	version uint64
}

// A renderer keeps the pages up to date that scrapes ask for.
type renderer struct {
	*store
	// pages by rendition, plain and compressed.
	pages   [renditions][2]page
	end     [renditions]unit
	scratch []byte
}

// disuse is how long after it was last asked for a page is still kept ready.
const disuse = 10 * time.Minute

// page returns an answer that holds everything taken in before the call.
func (r *renderer) page(rendition int, compressed bool) []byte {
	now := time.Now().UnixNano()
	asked := &r.pages[rendition][index(compressed)]
	asked.asked.Store(now)
	if ready := asked.body.Load(); ready != nil && ready.version == r.version.Load() && now <= r.nextExpiry.Load() {
		return ready.bytes
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expire(now)
	return r.render(rendition, compressed)
}

// prepare renders every page that is in use, and drops what is not.
func (r *renderer) prepare() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now().UnixNano()
	r.expire(now)
	for i := range r.pages {
		used := false
		for _, compressed := range []bool{false, true} {
			page := &r.pages[i][index(compressed)]
			switch {
			case page.body.Load() == nil:
			case now-page.asked.Load() > int64(disuse):
				page.body.Store(nil)
			default:
				used = true
				r.render(i, compressed)
			}
		}
		if !used {
			r.drop(i)
		}
	}
}

// drop frees what was rendered in a format that no scrape asks for any more.
func (r *renderer) drop(i int) {
	for _, f := range r.families {
		f.header[i] = unit{}
		for _, c := range f.chunks {
			c.renditions[i] = rendition{}
		}
	}
}

func (r *renderer) render(i int, compressed bool) []byte {
	page := &r.pages[i][index(compressed)]
	version := r.version.Load()
	if ready := page.body.Load(); ready != nil && ready.version == version {
		return ready.bytes
	}
	format := wireFormatOf(i)
	var units []*unit
	total := 0
	for _, f := range r.inOrder() {
		at := len(units)
		units = append(units, &f.header[i])
		size := 0
		for _, c := range f.chunks {
			rendered := &c.renditions[i]
			if rendered.version != c.version {
				r.scratch = r.scratch[:0]
				for _, s := range c.series {
					if s.point.consistent() {
						r.scratch = format.appendSeries(r.scratch, s, r.sendTimestamps)
					}
				}
				rendered.set(r.scratch)
				rendered.version = c.version
			}
			units = append(units, &rendered.unit)
			size += len(rendered.plain)
		}
		if size == 0 {
			units = units[:at]
			continue
		}
		r.scratch = format.appendHeader(r.scratch[:0], f, size)
		f.header[i].set(r.scratch)
		total += size + len(f.header[i].plain)
	}
	r.end[i].set(format.appendEnd(nil))
	units = append(units, &r.end[i])
	ready := &body{version: version}
	if compressed {
		ready.bytes = assemble(units)
	} else {
		ready.bytes = make([]byte, 0, total+len(r.end[i].plain))
		for _, u := range units {
			ready.bytes = append(ready.bytes, u.plain...)
		}
	}
	page.body.Store(ready)
	return ready.bytes
}

func index(compressed bool) int {
	if compressed {
		return 1
	}
	return 0
}

// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/zap"
	"google.golang.org/protobuf/encoding/protodelim"
)

// handler answers in the format that upstream would negotiate.
func (e *ownExporter) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		negotiate := expfmt.Negotiate
		if e.config.EnableOpenMetrics {
			negotiate = expfmt.NegotiateIncludingOpenMetrics
		}
		format := negotiate(r.Header)
		header := w.Header()
		header.Set("Content-Type", string(format))
		rendition, ready := renditionOf(format)
		if !ready {
			if err := e.convert(w, format); err != nil {
				e.settings.Logger.Error("an answer could not be written", zap.Error(err))
			}
			return
		}
		compressed := acceptsGzip(r.Header)
		if compressed {
			header.Set("Content-Encoding", "gzip")
		}
		body := e.renderer.page(rendition, compressed)
		header.Set("Content-Length", strconv.Itoa(len(body)))
		// A client that went away is no failure of ours.
		_, _ = w.Write(body)
	})
}

func renditionOf(format expfmt.Format) (rendition int, ready bool) {
	kind := slices.Index(wireTypes[:], format.FormatType())
	scheme := slices.Index(schemes[:], format.ToEscapingScheme())
	return kind*len(schemes) + scheme, kind >= 0 && scheme >= 0
}

// convert answers in a format that no Prometheus asks for: protobuf as text.
func (e *ownExporter) convert(w io.Writer, format expfmt.Format) error {
	rendition, _ := renditionOf(expfmt.NewFormat(expfmt.TypeProtoDelim).WithEscapingScheme(model.NoEscaping))
	from := bufio.NewReader(bytes.NewReader(e.renderer.page(rendition, false)))
	to := expfmt.NewEncoder(w, format)
	for {
		var family dto.MetricFamily
		err := protodelim.UnmarshalOptions{MaxSize: -1}.UnmarshalFrom(from, &family)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = to.Encode(&family)
		}
		if err != nil {
			return err
		}
	}
}

// acceptsGzip tells whether a client would rather have gzip than nothing.
func acceptsGzip(header http.Header) bool {
	identity, gzip := 0.0, -1.0
	for _, field := range header.Values("Accept-Encoding") {
		for coding := range strings.SplitSeq(field, ",") {
			name, parameters, _ := strings.Cut(coding, ";")
			quality := 1.0
			if q, found := strings.CutPrefix(strings.TrimSpace(parameters), "q="); found {
				quality, _ = strconv.ParseFloat(q, 64) // 0 for what is no number
			}
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip":
				gzip = quality
			case "identity", "*":
				identity = quality
			}
		}
	}
	return gzip > 0 && gzip > identity
}

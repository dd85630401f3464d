// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// An ownExporter takes metrics in and serves them.
type ownExporter struct {
	config    *Config
	settings  exporter.Settings
	renderer  renderer
	telemetry *telemetry

	wake     chan struct{}
	stop     chan struct{}
	stopping sync.Once
	running  sync.WaitGroup
	server   *http.Server
}

func newExporter(config *Config, settings exporter.Settings) (*ownExporter, error) {
	if strings.TrimSpace(config.NetAddr.Endpoint) == "" {
		return nil, errors.New("endpoint: empty, expecting an address to listen at, such as 127.0.0.1:9201")
	}
	own, err := newTelemetry(settings)
	if err != nil {
		return nil, err
	}
	return &ownExporter{
		config:    config,
		settings:  settings,
		renderer:  renderer{store: newStore(config, settings.Logger)},
		telemetry: own,
		wake:      make(chan struct{}, 1),
		stop:      make(chan struct{}),
	}, nil
}

func (e *ownExporter) start(ctx context.Context, host component.Host) error {
	listener, err := e.config.ToListener(ctx)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", e.handler())
	e.server, err = e.config.ToServer(ctx, host.GetExtensions(), e.settings.TelemetrySettings, mux)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	// Outermost, so that the check of the password is a part of what is timed.
	e.server.Handler = e.telemetry.timed(e.server.Handler)
	e.running.Go(func() { e.serve(listener) })
	e.running.Go(e.renderAhead)
	return nil
}

func (e *ownExporter) serve(listener net.Listener) {
	// Returns when it is shut down, which is no failure.
	_ = e.server.Serve(listener)
}

func (e *ownExporter) shutdown(ctx context.Context) (err error) {
	e.stopping.Do(func() { close(e.stop) })
	if e.server != nil {
		err = e.server.Shutdown(ctx)
	}
	e.running.Wait()
	return err
}

func (e *ownExporter) consume(ctx context.Context, md pmetric.Metrics) error {
	e.telemetry.hid(ctx, e.renderer.take(md))
	select {
	case e.wake <- struct{}{}:
	default: // it is awake
	}
	return nil
}

const (
	// gathering is how long pushes are waited for that come one upon the other before all are rendered at once.
	gathering = 50 * time.Millisecond
	// share of the time that may go into rendering ahead: one part in so many.
	share = 20
)

// renderAhead renders what has arrived shortly after, and forgets what has expired also while there are no scrapes.
func (e *ownExporter) renderAhead() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	pause := gathering
	for {
		timer.Reset(e.idle())
		select {
		case <-e.stop:
			return
		case <-timer.C:
		case <-e.wake:
			timer.Reset(pause)
			select {
			case <-e.stop:
				return
			case <-timer.C:
			}
		}
		began := time.Now()
		e.renderer.prepare()
		pause = max(gathering, share*time.Since(began))
	}
}

// idle is how long nothing expires, within reason.
func (e *ownExporter) idle() time.Duration {
	const least, most = time.Second, time.Minute
	due := time.Duration(e.renderer.nextExpiry.Load() - time.Now().UnixNano())
	return min(max(due, least), most)
}

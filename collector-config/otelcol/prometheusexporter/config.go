// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/resourcetotelemetry"
	prometheustranslator "github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/prometheus"
	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/featuregate"
)

// Config has the keys of upstream's exporter of the same version, with the same meaning and defaults, and one of its own, `max_series`.
type Config struct {
	// ServerConfig is where the exporter listens: `endpoint`, `tls`, `auth` and what else confighttp offers. The path is `/metrics`.
	confighttp.ServerConfig `mapstructure:",squash"`

	// QueueBatchConfig puts a queue before the exporter. Default: none.
	QueueBatchConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`

	// Namespace goes before every metric's name, with an underscore. Default: none.
	Namespace string `mapstructure:"namespace"`

	// ConstLabels stand on every series but those of `target_info`.
	ConstLabels map[string]string `mapstructure:"const_labels"`

	// SendTimestamps writes the time of each point, in milliseconds. Default: false.
	SendTimestamps bool `mapstructure:"send_timestamps"`

	// MetricExpiration is how long a series is exposed after its last point. Default: 5m.
	MetricExpiration time.Duration `mapstructure:"metric_expiration"`

	// ResourceToTelemetrySettings makes labels of the attributes of the resource. Default: off.
	ResourceToTelemetrySettings resourcetotelemetry.Settings `mapstructure:"resource_to_telemetry_conversion"`

	// EnableOpenMetrics answers in OpenMetrics when a client prefers it. Default: false.
	EnableOpenMetrics bool `mapstructure:"enable_open_metrics"`

	// WithoutScopeInfo leaves out the labels of the instrumentation scope. Default: false.
	WithoutScopeInfo bool `mapstructure:"without_scope_info"`

	// AddMetricSuffixes adds unit and type to names. Default: true. TranslationStrategy has precedence.
	AddMetricSuffixes bool `mapstructure:"add_metric_suffixes"`

	// TranslationStrategy is how names of OpenTelemetry become names of Prometheus. Default: as AddMetricSuffixes says, escaped.
	TranslationStrategy otlptranslator.TranslationStrategyOption `mapstructure:"translation_strategy"`

	// MaxSeries bounds memory: how many series may be held, counted as Prometheus does, so that a histogram with seven boundaries is
	// ten. Points of further ones are dropped and counted. Default: 50000.
	MaxSeries int `mapstructure:"max_series"`
}

var strategies = []otlptranslator.TranslationStrategyOption{
	otlptranslator.UnderscoreEscapingWithSuffixes,
	otlptranslator.UnderscoreEscapingWithoutSuffixes,
	otlptranslator.NoUTF8EscapingWithSuffixes,
	otlptranslator.NoTranslation,
}

// Validate names the key that cannot be what it is.
func (c *Config) Validate() error {
	var errs []error
	if c.TranslationStrategy != "" && !slices.Contains(strategies, c.TranslationStrategy) {
		errs = append(errs, fmt.Errorf("translation_strategy: %q is not one of %s", c.TranslationStrategy, join(strategies)))
	}
	if c.MaxSeries <= 0 {
		errs = append(errs, fmt.Errorf("max_series: %d is not a number above 0", c.MaxSeries))
	}
	return errors.Join(errs...)
}

func join[T ~string](values []T) string {
	var text []string
	for _, value := range values {
		text = append(text, string(value))
	}
	return strings.Join(text, ", ")
}

// strategy is what the deprecated key and its feature gate come down to.
func (c *Config) strategy() otlptranslator.TranslationStrategyOption {
	switch {
	case c.TranslationStrategy != "":
		return c.TranslationStrategy
	case c.AddMetricSuffixes || suffixesGate().IsEnabled():
		return otlptranslator.UnderscoreEscapingWithSuffixes
	default:
		return otlptranslator.UnderscoreEscapingWithoutSuffixes
	}
}

const suffixesGateID = "exporter.prometheusexporter.DisableAddMetricSuffixes"

// suffixesGate is upstream's, so that a collector started with it starts with this exporter too.
func suffixesGate() *featuregate.Gate {
	gate, err := featuregate.GlobalRegistry().Register(suffixesGateID, featuregate.StageAlpha,
		featuregate.WithRegisterDescription("When enabled, add_metric_suffixes is ignored"))
	if err == nil {
		return gate
	}
	featuregate.GlobalRegistry().VisitAll(func(registered *featuregate.Gate) {
		if registered.ID() == suffixesGateID {
			gate = registered
		}
	})
	return gate
}

// Registered when the program starts, because gates are set before a configuration is read.
var _ = suffixesGate()

func (c *Config) labelNamer() otlptranslator.LabelNamer {
	return otlptranslator.LabelNamer{
		UTF8Allowed:                 !c.strategy().ShouldEscape(),
		PreserveMultipleUnderscores: !prometheustranslator.DropSanitizationGate.IsEnabled(),
	}
}

// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package redactionprocessor

import (
	"strings"
	"testing"

	"go.opentelemetry.io/collector/confmap"
)

func TestRefusesByNameWhatItDoesNotSupport(t *testing.T) {
	for key, value := range map[string]any{
		"hash_function": "md5", "hmac_key": "key", "db_sanitizer": map[string]any{}, "url_sanitizer": map[string]any{},
	} {
		err := confmap.NewFromStringMap(map[string]any{key: value}).Unmarshal(&Config{})
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestRefusesAPatternThatIsNoneByTheNameOfItsKey(t *testing.T) {
	for _, key := range []string{"blocked_values", "allowed_values", "blocked_key_patterns", "ignored_key_patterns"} {
		config := configured(t, newFactory(), map[string]any{key: []any{"("}}).(*Config)
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package redactionprocessor

import (
	"errors"
	"fmt"
	"regexp"
)

// Config has keys of upstream's processor of the same version, with the same meaning and defaults. The collector refuses to start with the
// keys that are missing here, and names them: hash_function, hmac_key, db_sanitizer, url_sanitizer.
//
// A pattern is a regular expression of Go. It matches anywhere in a text, and what it matches becomes "****".
type Config struct {
	// AllowAllKeys lets every label pass. Default: false.
	AllowAllKeys bool `mapstructure:"allow_all_keys"`

	// AllowedKeys are the labels that pass; all others are dropped. Default: none.
	AllowedKeys []string `mapstructure:"allowed_keys"`

	// BlockedKeyPatterns are of labels whose whole value is masked.
	BlockedKeyPatterns []string `mapstructure:"blocked_key_patterns"`

	// IgnoredKeys are labels that pass unseen.
	IgnoredKeys []string `mapstructure:"ignored_keys"`

	// IgnoredKeyPatterns are of labels that pass unseen.
	IgnoredKeyPatterns []string `mapstructure:"ignored_key_patterns"`

	// RedactAllTypes judges numbers, booleans, lists and maps too, by their text. Default: strings only.
	RedactAllTypes bool `mapstructure:"redact_all_types"`

	// BlockedValues are patterns of what is masked.
	BlockedValues []string `mapstructure:"blocked_values"`

	// AllowedValues are patterns of values that pass although a blocked one may match.
	AllowedValues []string `mapstructure:"allowed_values"`

	// Summary adds attributes: "debug" the names and numbers of labels dropped, masked and allowed, "info" the numbers. Default: neither.
	Summary string `mapstructure:"summary"`
}

// Validate names the key that holds a pattern which is none.
func (c *Config) Validate() error {
	var errs []error
	for key, patterns := range map[string][]string{
		"blocked_key_patterns": c.BlockedKeyPatterns, "ignored_key_patterns": c.IgnoredKeyPatterns,
		"blocked_values": c.BlockedValues, "allowed_values": c.AllowedValues,
	} {
		if _, err := compile(patterns); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
	}
	return errors.Join(errs...)
}

func compile(patterns []string) ([]*regexp.Regexp, error) {
	compiled := make([]*regexp.Regexp, 0, len(patterns))
	for _, pattern := range patterns {
		one, err := regexp.Compile(pattern)
		if err != nil {
			return nil, err
		}
		compiled = append(compiled, one)
	}
	return compiled, nil
}

func matches(patterns []*regexp.Regexp, text string) bool {
	for _, pattern := range patterns {
		if pattern.MatchString(text) {
			return true
		}
	}
	return false
}

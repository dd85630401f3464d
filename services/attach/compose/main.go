// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

// Compose merges Compose files with Docker's own loader and prints the project as JSON, so that the overlay can be checked
// where there is no Docker engine. Unlike compose-go's own command it loads the project, which refuses broken files.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if err := merge(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "compose:", err)
		os.Exit(1)
	}
}

func merge(arguments []string) error {
	var files, profiles []string
	flags := flag.NewFlagSet("compose", flag.ExitOnError)
	version := flags.Bool("version", false, "print the version of compose-go and exit")
	directory := flags.String("project-directory", "", "base of relative paths and home of .env; default: folder of the first file")
	flags.Func("f", "Compose `file`, repeatable; later ones override", appendTo(&files))
	flags.Func("profile", "`profile` to enable, repeatable", appendTo(&profiles))
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *version {
		fmt.Println(loaderVersion())
		return nil
	}
	if len(files) == 0 || flags.NArg() > 0 {
		return fmt.Errorf("name every Compose file with -f")
	}
	options, err := cli.NewProjectOptions(files,
		cli.WithWorkingDirectory(*directory),
		cli.WithOsEnv,
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithProfiles(profiles),
	)
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	json, err := project.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s\n", json)
	return err
}

func appendTo(list *[]string) func(string) error {
	return func(value string) error {
		*list = append(*list, value)
		return nil
	}
}

// loaderVersion is read from what the linker recorded, so go.mod stays the only place that names it.
func loaderVersion() string {
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, module := range build.Deps {
			if module.Path == "github.com/compose-spec/compose-go/v2" {
				return module.Version
			}
		}
	}
	return "unknown"
}

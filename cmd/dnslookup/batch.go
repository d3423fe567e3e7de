package main

import "github.com/spf13/cobra"

func batchVerb(o *options) *cobra.Command {
	return &cobra.Command{Use: "batch FILE|-", Short: "Many names, one a line"}
}

package main

import "fmt"

const (
	apiVersion = "flink.apache.org/v1alpha1"
	kind       = "FlinkDeployment"
)

func main() { fmt.Println(apiVersion, kind) }
